using System.Buffers;
using System.Text;
using Amoeba.Plans;
using Amoeba.Secrets;

namespace Amoeba.Tools.Fetch;

/// <summary>The beginning of what a server says with an error: programs often say there what was wrong.</summary>
internal static class ErrorText
{
    private const int Most = 512;
    private const int Shown = 200;

    /// <summary>One line of text; null where it is none, such as a page.</summary>
    public static async ValueTask<string?> ReadAsync(
        HttpResponseMessage response, SecretMasker masker, CancellationToken cancel)
    {
        var type = CacheRules.First(response, "Content-Type") ?? "";
        var isText = type.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase)
            || type.Contains("json", StringComparison.OrdinalIgnoreCase);
        if (!isText) return null;
        var bytes = ArrayPool<byte>.Shared.Rent(Most);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancel);
            var count = await stream.ReadAtLeastAsync(bytes.AsMemory(0, Most), Most, throwOnEndOfStream: false, cancel);
            // Before it is cut: half a secret would be known by nobody any more.
            var said = Encoding.UTF8.GetString(bytes, 0, count);
            said = count == Most ? masker.ApplyToBeginning(said) : masker.Apply(said);
            var text = PlanErrors.Clean(said).Trim();
            return text.Length == 0 ? null : text.Length > Shown ? text[..Shown] + "..." : text;
        }
        catch (Exception problem) when (problem is IOException or HttpRequestException or InvalidDataException)
        {
            return null; // the status says enough
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
