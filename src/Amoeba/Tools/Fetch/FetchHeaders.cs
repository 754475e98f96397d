namespace Amoeba.Tools.Fetch;

/// <summary>The headers of a request.</summary>
internal static class FetchHeaders
{
    /// <summary>
    /// They say what is wanted and nothing of who asks. Any other header a plan gives may be a secret: it is sent to
    /// the host it was meant for and to no other, and what it brings is not kept.
    /// </summary>
    private static readonly string[] Harmless =
        ["Accept", "Accept-Language", "User-Agent", "Cache-Control", "Pragma", "DNT"];

    public static bool IsHarmless(string name) => Harmless.Contains(name, StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<KeyValuePair<string, string>> ForAnotherHost(
        IReadOnlyList<KeyValuePair<string, string>> headers) => [.. headers.Where(header => IsHarmless(header.Key))];

    /// <exception cref="FetchException">A value cannot be sent. It is not repeated, because
    /// it may be a secret.</exception>
    public static void Set(
        HttpRequestMessage request, IReadOnlyList<KeyValuePair<string, string>> headers,
        FetchOptions options, bool feed)
    {
        foreach (var (name, value) in headers)
        {
            if (value.Any(c => (char.IsControl(c) && c != '\t') || c > 0xff))
                throw FetchException.Hopeless(
                    $"header {name}: its value has a line break or a character that no header may hold");
            request.Headers.TryAddWithoutValidation(name, value.Trim());
        }

        if (!request.Headers.Contains("User-Agent"))
            request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        if (request.Headers.Contains("Accept")) return;
        request.Headers.TryAddWithoutValidation("Accept", feed
            ? "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
                + "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
            : "*/*");
    }
}
