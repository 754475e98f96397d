using Amoeba.Plans;

namespace Amoeba.Tools.Fetch;

/// <summary>Where redirects have led so far, and where they may not.</summary>
internal sealed class RedirectTrail(
    Uri start, IReadOnlyList<KeyValuePair<string, string>> headers, int most)
{
    private readonly List<string> _seen = [Key(start)];

    public Uri Url { get; private set; } = start;

    /// <summary>What is sent: less, once another host was reached.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; private set; } = headers;

    /// <exception cref="FetchException">It leads nowhere, in a circle, too far, or to where it may not.</exception>
    public void Follow(string location)
    {
        var from = FetchErrors.Shown(Url);
        if (location.Length == 0) throw FetchException.Hopeless($"redirect: {from} redirects without saying where to");
        if (!Uri.TryCreate(Url, location, out var next) || WebAddress.Problem(next.AbsoluteUri) is not null)
            throw FetchException.Hopeless(
                $"redirect: {from} redirects to \"{WebAddress.Shown(location)}\", which cannot be fetched");
        var to = FetchErrors.Shown(next);
        if (Url.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
        {
            throw FetchException.Hopeless(
                $"redirect: {from} redirects to {to}, from a secure connection to one that anybody may read; "
                    + "if that is meant, fetch the second address");
        }

        if (next.IsLoopback && !Url.IsLoopback)
        {
            throw FetchException.Hopeless(
                $"redirect: {from} redirects to {to}, which is this machine; if that is meant, "
                    + "fetch the second address");
        }

        if (_seen.Contains(Key(next)))
        {
            throw FetchException.Hopeless(
                $"redirect: in a circle: {string.Join(" -> ", _seen.Select(WebAddress.Shown))} -> "
                    + $"{to}; look for a mistake in "
                + "the address, or give the headers that the server waits for");
        }

        if (_seen.Count > most)
        {
            throw FetchException.Hopeless(most == 0
                ? $"redirect: {from} redirects to {to}, and redirects is 0"
                : $"redirect: more than {most} redirects in a row, the last to {to}; "
                    + "redirects sets how many are followed");
        }

        _seen.Add(Key(next));
        var isElsewhere = next.IdnHost != Url.IdnHost || next.Port != Url.Port || next.Scheme != Url.Scheme;
        if (isElsewhere && !IsUpgrade(Url, next)) Headers = FetchHeaders.ForAnotherHost(Headers);
        Url = next;
    }

    /// <summary>The same server over a secure connection, on the usual ports.</summary>
    private static bool IsUpgrade(Uri from, Uri to) => from.IdnHost == to.IdnHost && from.Scheme == Uri.UriSchemeHttp
        && to.Scheme == Uri.UriSchemeHttps && from.IsDefaultPort && to.IsDefaultPort;

    private static string Key(Uri url) => url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped);
}
