using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Amoeba.Secrets;

/// <summary>The ways a secret may stand in a text.</summary>
internal static class SecretForms
{
    /// <summary>
    /// What encoders of URLs leave as it is beyond letters, digits and `-._~`: ours, curl's;
    /// JavaScript's; .NET's for forms; Python's.
    /// </summary>
    private static readonly string[] KeptInUrls = ["", "!*'()", "!*()", "/"];

    internal static HashSet<byte[]> Of(IEnumerable<string> secrets)
    {
        var forms = new HashSet<byte[]>(new BytesComparer());
        foreach (var secret in secrets)
        {
            Add(forms, secret);
            foreach (var kept in KeptInUrls)
            {
                AddUrl(forms, Uri.EscapeDataString(secret), kept);
                // Older rules escape the tilde too.
                AddUrl(forms, Uri.EscapeDataString(secret).Replace("~", "%7E", StringComparison.Ordinal), kept);
            }

            Add(forms, JsonEncodedText.Encode(secret).Value);
            Add(forms, JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value);
            foreach (var slash in (string[])["/", "\\/"])
            {
                Add(forms, Json(secret, slash, onlyAscii: false));
                Add(forms, Json(secret, slash, onlyAscii: true));
            }

            AddBase64(forms, Encoding.UTF8.GetBytes(secret));
        }

        return forms;
    }

    /// <summary>A blank may be a plus, as forms are sent, and hexadecimal digits small.</summary>
    private static void AddUrl(HashSet<byte[]> forms, string escaped, string kept)
    {
        foreach (var character in kept)
            escaped = escaped.Replace(Uri.HexEscape(character), character.ToString(), StringComparison.Ordinal);
        var plus = escaped.Replace("%20", "+", StringComparison.Ordinal);
        Add(forms, escaped);
        Add(forms, plus);
        Add(forms, SmallHex(escaped));
        Add(forms, SmallHex(plus));
    }

    /// <summary>
    /// As most languages write it: only what has to be escaped, or all that is not ASCII too, in small digits.
    /// </summary>
    private static string Json(string secret, string slash, bool onlyAscii)
    {
        var text = new StringBuilder(secret.Length + 8);
        foreach (var character in secret)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '/' => text.Append(slash),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => Escaped(text, character),
                > '~' when onlyAscii => Escaped(text, character),
                _ => text.Append(character),
            };
        }

        return text.ToString();
    }

    private static StringBuilder Escaped(StringBuilder text, char character) =>
        text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");

    /// <summary>
    /// Base64 takes three bytes at a time, so what comes before a secret shifts it by 0, 1 or 2. Of each shift only the
    /// characters that the secret alone decides are looked for.
    /// </summary>
    private static void AddBase64(HashSet<byte[]> forms, byte[] secret)
    {
        for (var shift = 0; shift < 3; shift++)
        {
            var shifted = new byte[shift + secret.Length];
            secret.CopyTo(shifted, shift);
            var text = Convert.ToBase64String(shifted).TrimEnd('=');
            var first = ((shift * 8) + 5) / 6;
            var last = shifted.Length * 8 / 6;
            var sure = text[first..last];
            Add(forms, sure);
            Add(forms, sure.Replace('+', '-').Replace('/', '_'));
        }
    }

    private static void Add(HashSet<byte[]> forms, string text) => forms.Add(Encoding.UTF8.GetBytes(text));

    private static string SmallHex(string escaped)
    {
        var text = new StringBuilder(escaped);
        for (var i = 0; i + 2 < text.Length; i++)
        {
            if (text[i] != '%') continue;
            text[i + 1] = char.ToLowerInvariant(text[i + 1]);
            text[i + 2] = char.ToLowerInvariant(text[i + 2]);
        }

        return text.ToString();
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj);
            return hash.ToHashCode();
        }
    }
}
