using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Amoeba.Secrets;

/// <summary>The ways a secret may stand in a text.</summary>
internal static class SecretForms
{
    internal static HashSet<byte[]> Of(IEnumerable<string> secrets)
    {
        var forms = new HashSet<byte[]>(new BytesComparer());
        foreach (var secret in secrets)
        {
            Add(forms, secret);
            Add(forms, Uri.EscapeDataString(secret));
            // As forms are sent: a blank is a plus; and with small hexadecimal digits.
            Add(forms, Uri.EscapeDataString(secret).Replace("%20", "+", StringComparison.Ordinal));
            Add(forms, SmallHex(Uri.EscapeDataString(secret)));
            Add(forms, JsonEncodedText.Encode(secret).Value);
            Add(forms, JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value);
            Add(forms, secret.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("/", "\\/", StringComparison.Ordinal));
            AddBase64(forms, Encoding.UTF8.GetBytes(secret));
        }

        return forms;
    }

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
