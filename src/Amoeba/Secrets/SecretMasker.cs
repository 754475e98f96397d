using System.Buffers;
using System.Text;

namespace Amoeba.Secrets;

/// <summary>
/// Knows the secrets of a job and makes them unreadable in what is written: in clear, URL-encoded, JSON-escaped, and
/// in base64 wherever in the encoded text they stand and its lines break. Safe to share; each stream has its own
/// <see cref="MaskingStream"/>.
/// </summary>
/// <remarks>
/// Values under <see cref="ShortestSecret"/> characters are left out: masking "on" or "8080" would tear ordinary
/// output apart and protect nothing. Encodings of encodings, and secrets cut by the program itself, are not found.
/// </remarks>
internal sealed class SecretMasker
{
    public const int ShortestSecret = 6;
    internal static readonly byte[] Mask = "***"u8.ToArray();

    /// <summary>Masks nothing, and copies nothing.</summary>
    public static readonly SecretMasker None = new([]);

    private readonly SecretForm[] _forms;
    private readonly SearchValues<byte> _firstBytes;
    private readonly SecretForm[]?[] _byFirstByte = new SecretForm[256][];

    public SecretMasker(IEnumerable<string> secrets)
    {
        Secrets = [.. secrets.Where(secret => secret.Length >= ShortestSecret).Distinct(StringComparer.Ordinal)];
        _forms = [.. Secrets.SelectMany(SecretForm.Of)];
        var firsts = _forms.SelectMany(static form => form.FirstBytes, static (form, first) => (form, first));
        foreach (var group in firsts.GroupBy(static pair => pair.first))
            _byFirstByte[group.Key] = [.. group.Select(static pair => pair.form)];
        _firstBytes = SearchValues.Create(
            [.. Enumerable.Range(0, 256).Where(first => _byFirstByte[first] is not null).Select(first => (byte)first)]);
    }

    /// <summary>What it masks, in clear: for whoever has to mask the same elsewhere.</summary>
    internal IReadOnlyList<string> Secrets { get; }

    /// <summary>True when there is nothing to mask.</summary>
    public bool IsEmpty => _forms.Length == 0;

    /// <summary>One that masks more; the same where there is no more.</summary>
    public SecretMasker With(IEnumerable<string> secrets)
    {
        string[] more = [.. secrets.Where(secret => secret.Length >= ShortestSecret && !Secrets.Contains(secret))];
        return more.Length == 0 ? this : new SecretMasker([.. Secrets, .. more]);
    }

    /// <summary>A text with every secret replaced; the same instance when there is none in it.</summary>
    public string Apply(string text) => Apply(text, isCut: false);

    /// <summary>
    /// Of a text whose end was cut off: what may be the beginning of a secret is left out with it.
    /// </summary>
    public string ApplyToBeginning(string text) => Apply(text, isCut: true);

    /// <summary>
    /// Of a text whose beginning was cut off: what may be the rest of a secret is left out with it.
    /// </summary>
    public string ApplyToEnd(string text)
    {
        if (IsEmpty || text.Length == 0) return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        var rest = _forms.Max(form => RestOf(form, bytes));
        return Apply(rest == 0 ? text : Encoding.UTF8.GetString(bytes.AsSpan(rest)));
    }

    /// <summary>
    /// Looks for the first secret, and of several that begin there for the longest: one that begins another must not
    /// leave the other's end in sight. Found: its place and length. Else <paramref name="at"/> is where something that
    /// may be the beginning of one starts, or the end of the text, and the length is 0.
    /// </summary>
    internal int Find(ReadOnlySpan<byte> text, bool isEnd, out int at)
    {
        at = 0;
        while (true)
        {
            var next = text[at..].IndexOfAny(_firstBytes);
            if (next < 0)
            {
                at = text.Length;
                return 0;
            }

            at += next;
            var longest = 0;
            foreach (var form in _byFirstByte[text[at]]!)
            {
                var length = form.Match(text[at..]);
                if (length == SecretForm.Undecided && !isEnd) return 0;
                longest = Math.Max(longest, length);
            }

            if (longest > 0) return longest;
            at++;
        }
    }

    /// <summary>How much of the text's beginning may be the rest of a secret, or of an escape within one.</summary>
    private static int RestOf(SecretForm form, ReadOnlySpan<byte> text)
    {
        var longest = 0;
        for (var skipped = 0; skipped <= form.EscapeEnd && skipped < text.Length; skipped++)
        {
            for (var piece = 1; piece < form.Pieces; piece++)
            {
                var length = form.Match(text[skipped..], piece);
                if (length == SecretForm.Undecided) return text.Length;
                if (length > 0) longest = Math.Max(longest, skipped + length);
            }

            if (!IsOfEscape(text[skipped])) break;
        }

        return longest;
    }

    private static bool IsOfEscape(byte one) =>
        char.IsAsciiHexDigit((char)one) || one is (byte)'\\' or (byte)'u' or (byte)'\r' or (byte)'\n' or (byte)' '
            or (byte)'\t' or (byte)'n' or (byte)'r' or (byte)'/' or (byte)'"';

    private string Apply(string text, bool isCut)
    {
        if (IsEmpty || text.Length == 0) return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        var output = new ArrayBufferWriter<byte>(bytes.Length);
        var stream = new MaskingStream(this);
        stream.Write(bytes, output);
        if (!isCut) stream.Flush(output);
        return output.WrittenSpan.SequenceEqual(bytes) ? text : Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
