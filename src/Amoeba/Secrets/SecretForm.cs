using System.Text;

namespace Amoeba.Secrets;

/// <summary>
/// One way in which a secret may stand in a text, told piece by piece: whatever an encoder escapes and what it leaves,
/// and in whichever case, is all one.
/// </summary>
internal abstract class SecretForm
{
    /// <summary>The text ends before it is decided.</summary>
    public const int Undecided = -1;

    /// <summary>Pieces, each of which stands for itself or for its escape.</summary>
    public abstract int Pieces { get; }

    /// <summary>Bytes with which it may begin.</summary>
    public abstract IEnumerable<byte> FirstBytes { get; }

    /// <summary>Bytes that the end of an escape may have whose beginning was cut away.</summary>
    public virtual int EscapeEnd => 0;

    /// <summary>How many bytes it takes where it stands at the beginning of the text; 0 where it does not.</summary>
    /// <param name="text">Not empty.</param>
    /// <param name="from">The piece to begin with: what stands before it is not asked for.</param>
    public int Match(ReadOnlySpan<byte> text, int from = 0)
    {
        var at = 0;
        for (var piece = from; piece < Pieces; piece++)
        {
            if (at == text.Length) return Undecided;
            var taken = Take(text[at..], piece, piece > from);
            if (taken <= 0) return taken;
            at += taken;
        }

        return at;
    }

    /// <summary>Every way in which a secret is looked for.</summary>
    public static IEnumerable<SecretForm> Of(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        return [new ClearForm(bytes), new UrlForm(bytes), new JsonForm(secret), .. Base64Form.Of(bytes)];
    }

    /// <summary>Bytes that one piece takes; 0 where it is not there.</summary>
    protected abstract int Take(ReadOnlySpan<byte> text, int piece, bool isInside);

    protected static int Hex(byte digit) =>
        char.IsAsciiHexDigit((char)digit) ? Convert.ToInt32(((char)digit).ToString(), 16) : -1;

    private sealed class ClearForm(byte[] secret) : SecretForm
    {
        public override int Pieces => secret.Length;

        public override IEnumerable<byte> FirstBytes => [secret[0]];

        protected override int Take(ReadOnlySpan<byte> text, int piece, bool isInside) =>
            text[0] == secret[piece] ? 1 : 0;
    }

    /// <summary>Any byte may be %XX, and a blank a plus.</summary>
    private sealed class UrlForm(byte[] secret) : SecretForm
    {
        public override int Pieces => secret.Length;

        public override IEnumerable<byte> FirstBytes =>
            secret[0] == ' ' ? [secret[0], (byte)'%', (byte)'+'] : [secret[0], (byte)'%'];

        public override int EscapeEnd => 2;

        protected override int Take(ReadOnlySpan<byte> text, int piece, bool isInside)
        {
            var wanted = secret[piece];
            if (text[0] != '%') return text[0] == wanted || (text[0] == '+' && wanted == ' ') ? 1 : 0;
            if (text.Length > 1 && Hex(text[1]) != wanted >> 4) return 0;
            if (text.Length < 3) return Undecided;
            return Hex(text[2]) == (wanted & 0xF) ? 3 : 0;
        }
    }

    /// <summary>Any character may be \uXXXX, or have an escape of its own.</summary>
    private sealed class JsonForm(string secret) : SecretForm
    {
        private readonly Rune[] _runes = [.. secret.EnumerateRunes()];

        public override int Pieces => _runes.Length;

        public override IEnumerable<byte> FirstBytes => [Encoding.UTF8.GetBytes(_runes[0].ToString())[0], (byte)'\\'];

        public override int EscapeEnd => 11;

        protected override int Take(ReadOnlySpan<byte> text, int piece, bool isInside)
        {
            if (text[0] == '\\') return TakeEscape(text, _runes[piece]);
            Span<byte> wanted = stackalloc byte[4];
            wanted = wanted[.._runes[piece].EncodeToUtf8(wanted)];
            if (text.StartsWith(wanted)) return wanted.Length;
            return wanted.StartsWith(text) ? Undecided : 0;
        }

        private static int TakeEscape(ReadOnlySpan<byte> text, Rune rune)
        {
            Span<char> wanted = stackalloc char[2];
            wanted = wanted[..rune.EncodeToUtf16(wanted)];
            var at = 0;
            foreach (var unit in wanted)
            {
                var taken = TakeUnit(text[at..], unit);
                if (taken <= 0) return taken;
                at += taken;
            }

            return at;
        }

        private static int TakeUnit(ReadOnlySpan<byte> text, char wanted)
        {
            if (text.Length > 0 && text[0] != '\\') return 0;
            if (text.Length < 2) return Undecided;
            if (text[1] != 'u') return Short(text[1]) == wanted ? 2 : 0;
            for (var i = 0; i < 4; i++)
            {
                if (text.Length == 2 + i) return Undecided;
                if (Hex(text[2 + i]) != ((wanted >> (12 - (4 * i))) & 0xF)) return 0;
            }

            return 6;
        }

        private static char Short(byte escaped) => escaped switch
        {
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            _ => (char)escaped,
        };
    }
}
