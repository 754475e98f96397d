using System.Buffers;

namespace Amoeba.Secrets;

/// <summary>
/// Knows the secrets of a job and makes them unreadable in what is written: in clear, URL-encoded, JSON-escaped, and
/// in base64 wherever in the encoded text they stand. Safe to share; each stream has its
/// own <see cref="MaskingStream"/>.
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

    private readonly byte[][] _needles;
    private readonly SearchValues<byte> _firstBytes;
    private readonly byte[][]?[] _byFirstByte = new byte[256][][];

    public SecretMasker(IEnumerable<string> secrets)
    {
        Secrets = [.. secrets.Where(secret => secret.Length >= ShortestSecret)];
        _needles = [.. SecretForms.Of(Secrets)];
        foreach (var group in _needles.GroupBy(static needle => needle[0]))
        {
            // The longest first: a secret that begins another must not leave the other's tail in sight.
            _byFirstByte[group.Key] = [.. group.OrderByDescending(static needle => needle.Length)];
        }

        _firstBytes = SearchValues.Create([.. _needles.Select(static needle => needle[0]).Distinct()]);
        Longest = _needles.Length == 0 ? 0 : _needles.Max(static needle => needle.Length);
    }

    /// <summary>What it masks, in clear: for whoever has to mask the same elsewhere.</summary>
    internal IReadOnlyList<string> Secrets { get; }

    /// <summary>True when there is nothing to mask.</summary>
    public bool IsEmpty => _needles.Length == 0;

    /// <summary>Bytes of the longest thing looked for.</summary>
    internal int Longest { get; }

    /// <summary>A text with every secret replaced; the same instance when there is none in it.</summary>
    public string Apply(string text)
    {
        if (IsEmpty) return text;
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var output = new ArrayBufferWriter<byte>(bytes.Length);
        var stream = new MaskingStream(this);
        stream.Write(bytes, output);
        stream.Flush(output);
        return output.WrittenSpan.SequenceEqual(bytes) ? text : System.Text.Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>
    /// Looks for the first secret. Found: its place and length. Else <paramref name="at"/> is where something that may
    /// be the beginning of one starts, or the end of the text, and the length is 0.
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
            var rest = text[at..];
            foreach (var needle in _byFirstByte[rest[0]]!)
            {
                if (rest.StartsWith(needle)) return needle.Length;
                if (!isEnd && rest.Length < needle.Length && needle.AsSpan().StartsWith(rest)) return 0;
            }

            at++;
        }
    }
}
