namespace Amoeba.Secrets;

/// <summary>
/// Base64 in either alphabet, in lines of whatever length: `base64`, openssl and mail break them, and what is made of
/// that may be indented, or be a string of JSON with its breaks escaped.
/// </summary>
/// <remarks>
/// Three bytes are taken at a time, so what comes before a secret shifts it by 0, 1 or 2. Of each shift only the
/// characters that the secret alone decides are looked for.
/// </remarks>
internal sealed class Base64Form : SecretForm
{
    /// <summary>Blanks by which a line may be indented.</summary>
    private const int MostBlanks = 16;

    private static readonly byte[][] Breaks = [[.. "\n"u8], [.. "\r\n"u8], [.. "\\n"u8], [.. "\\r\\n"u8]];

    private readonly string _sure;

    private Base64Form(string sure) => _sure = sure;

    public override int Pieces => _sure.Length;

    public override IEnumerable<byte> FirstBytes => _sure[0] switch
    {
        '+' => "+-"u8.ToArray(),
        '/' => "/_"u8.ToArray(),
        var other => [(byte)other],
    };

    public override int EscapeEnd => MostBlanks + 4;

    public static IEnumerable<SecretForm> Of(byte[] secret)
    {
        for (var shift = 0; shift < 3; shift++)
        {
            byte[] shifted = [.. new byte[shift], .. secret];
            var text = Convert.ToBase64String(shifted);
            yield return new Base64Form(text[(((shift * 8) + 5) / 6)..(shifted.Length * 8 / 6)]);
        }
    }

    protected override int Take(ReadOnlySpan<byte> text, int piece, bool isInside)
    {
        var before = isInside ? Break(text) : 0;
        if (before < 0) return Undecided;
        if (before == text.Length) return Undecided;
        var found = text[before] switch
        {
            (byte)'-' => '+',
            (byte)'_' => '/',
            var other => (char)other,
        };
        return found == _sure[piece] ? before + 1 : 0;
    }

    /// <summary>Bytes of the line break at the beginning of the text, with the blanks after it; 0 for none.</summary>
    private static int Break(ReadOnlySpan<byte> text)
    {
        foreach (var one in Breaks)
        {
            if (text.StartsWith(one))
            {
                var indent = text.Slice(one.Length, Math.Min(MostBlanks, text.Length - one.Length));
                var blanks = indent.IndexOfAnyExcept((byte)' ', (byte)'\t');
                return one.Length + (blanks < 0 ? indent.Length : blanks);
            }

            if (one.AsSpan().StartsWith(text)) return Undecided;
        }

        return 0;
    }
}
