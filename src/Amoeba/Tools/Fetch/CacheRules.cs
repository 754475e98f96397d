using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Fetch;

/// <summary>Which answers are kept, under which key, and how long they need not be asked about (RFC 9111).</summary>
internal static class CacheRules
{
    /// <summary>Whatever a server promises, after this it is asked again.</summary>
    private static readonly TimeSpan LongestFresh = TimeSpan.FromDays(1);

    /// <summary>
    /// The key of a call; null where its answer is not kept, because a header may say who asks. A hash, so that the
    /// store holds no address with a token in it.
    /// </summary>
    /// <param name="url">Where.</param>
    /// <param name="headers">What the plan says beside it.</param>
    /// <param name="under">What else an answer depends on: whether a feed was asked for,
    /// and what may be reached.</param>
    public static string? KeyOf(Uri url, IReadOnlyList<KeyValuePair<string, string>> headers, string under)
    {
        if (!headers.All(header => FetchHeaders.IsHarmless(header.Key))) return null;
        var text = new StringBuilder(under).Append('\n')
            .Append(url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped));
        foreach (var (name, value) in headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase))
            text.Append('\n').Append(name.ToLowerInvariant()).Append(": ").Append(value);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>What is kept of an answer; null where it is not kept.</summary>
    public static FetchCacheEntry? EntryOf(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.StatusCode != HttpStatusCode.OK || response.Headers.CacheControl is { NoStore: true }) return null;
        if (response.Headers.Vary.Contains("*")) return null;
        var (etag, modified) = (First(response, "ETag"), First(response, "Last-Modified"));
        var fresh = FreshUntil(response, now);
        return etag is null && modified is null && fresh is null
            ? null
            : new FetchCacheEntry(now, fresh, etag, modified, First(response, "Content-Type"));
    }

    /// <summary>Only what the server says outright counts; nothing is guessed from how old the answer is.</summary>
    public static DateTimeOffset? FreshUntil(HttpResponseMessage response, DateTimeOffset now)
    {
        var control = response.Headers.CacheControl;
        if (control is { NoCache: true } or { NoStore: true }) return null;
        var age = response.Headers.Age ?? TimeSpan.Zero;
        var life = control?.MaxAge ?? (response.Content.Headers.Expires - (response.Headers.Date ?? now));
        if (life is not { } length || length - age <= TimeSpan.Zero) return null;
        var left = length - age;
        return now + (left < LongestFresh ? left : LongestFresh);
    }

    /// <summary>An answer of the future was kept under another clock, and is asked about.</summary>
    public static bool IsFresh(FetchCacheEntry entry, DateTimeOffset now) =>
        entry.FreshUntil > now && entry.Stored <= now && entry.FreshUntil - now <= LongestFresh;

    public static void Ask(HttpRequestMessage request, FetchCacheEntry entry)
    {
        if (entry.ETag is { } etag) request.Headers.TryAddWithoutValidation("If-None-Match", etag);
        if (entry.LastModified is { } modified) request.Headers.TryAddWithoutValidation("If-Modified-Since", modified);
    }

    public static string? First(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values)
        || response.Content.Headers.NonValidated.TryGetValues(name, out values)
            ? values.FirstOrDefault()
            : null;
}
