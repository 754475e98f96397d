using System.Net;
using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Tools.Fetch;

/// <summary>What all calls of a parent share.</summary>
internal sealed record FetchParts(
    FetchOptions Options, FetchClient Client, HostGates Gates, Lazy<IFetchCache> Cache, CopyRoom Room,
    FetchCacheLimits CacheLimits, TimeProvider Time);

/// <summary>One address on its way to an answer: turn, question, pauses, redirects.</summary>
internal sealed class FetchCall(FetchParts parts, BoundFetch fetch, ToolRun run, CancellationToken cancel)
{
    private readonly TimeSpan _idle = run.Work.Limits.Stall ?? parts.Options.IdleTimeout;
    private int _waits;

    /// <summary>The answer, whose body is still to be read.</summary>
    /// <exception cref="FetchException">There is none.</exception>
    public async ValueTask<FetchedBody> OpenAsync(FetchRequest request)
    {
        if (WebAddress.Problem(request.Url) is { } problem)
            throw FetchException.Hopeless($"address: \"{WebAddress.Shown(request.Url)}\" {problem}");
        var trail = new RedirectTrail(new Uri(request.Url), request.Headers, fetch.Redirects);
        while (true)
        {
            var (body, redirect) = await AskAsync(trail.Url, trail.Headers);
            if (body is not null) return body;
            if (redirect is not null) trail.Follow(redirect);
        }
    }

    /// <summary>Asks once. Neither a body nor a redirect: the server wanted a pause, and it is asked again.</summary>
    private async ValueTask<(FetchedBody? Body, string? Redirect)> AskAsync(
        Uri url, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var key = fetch.Cache && parts.Options.CacheBytes > 0 ? CacheRules.KeyOf(url, headers, Under) : null;
        var entry = key is null ? null : parts.Cache.Value.Find(key);
        if (entry is not null && CacheRules.IsFresh(entry, parts.Time.GetUtcNow())
            && Kept(url, key!, entry) is { } kept)
            return (kept, null);
        await parts.Client.FindAsync(url, cancel);
        HostSlot? slot = await parts.Gates.EnterAsync(url, run.Waits, cancel);
        IdleClock? clock = new(_idle, parts.Time, cancel);
        HttpResponseMessage? response = null;
        try
        {
            response = await SendAsync(url, headers, entry, clock);
            if (response.StatusCode == HttpStatusCode.NotModified && entry is not null)
            {
                parts.Cache.Value.Confirm(key!, entry, CacheRules.FreshUntil(response, parts.Time.GetUtcNow()));
                // Where it went meanwhile, the next question is without conditions.
                return (Kept(url, key!, entry), null);
            }

            if (Redirect(response) is { } place) return (null, place);
            if (response.IsSuccessStatusCode)
            {
                var body = await BodyAsync(url, key, response, clock, slot);
                (slot, clock, response) = (null, null, null);
                return (body, null);
            }

            if (Pause(url, response) is not { } pause)
            {
                var said = await ErrorText.ReadAsync(response, run.Work.Masker, clock.Token);
                throw FetchErrors.Status(url, response.StatusCode, said);
            }

            parts.Gates.Hold(url, pause);
            return default;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw clock is { IsOver: true } ? FetchErrors.Idle(url, _idle) : FetchErrors.Of(url, failure);
        }
        finally
        {
            response?.Dispose();
            clock?.Dispose();
            slot?.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        Uri url, IReadOnlyList<KeyValuePair<string, string>> headers, FetchCacheEntry? entry, IdleClock clock)
    {
        parts.Client.Check(url, fetch.Private);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        FetchHeaders.Set(request, headers, parts.Options, fetch.Feed);
        if (entry is not null) CacheRules.Ask(request, entry);
        var response = await parts.Client.For(fetch.Private).SendAsync(request, clock.Token);
        clock.Touch();
        return response;
    }

    private async ValueTask<FetchedBody> BodyAsync(
        Uri url, string? key, HttpResponseMessage response, IdleClock clock, HostSlot slot)
    {
        if (response.Content.Headers.ContentEncoding.FirstOrDefault(coding => coding != "identity") is { } coding)
            throw FetchException.Hopeless(
                $"compression: {FetchErrors.Shown(url)} came as {PlanErrors.Clean(coding)}, which was not asked for");
        var entry = key is null ? null : CacheRules.EntryOf(response, parts.Time.GetUtcNow());
        return new FetchedBody(url, await response.Content.ReadAsStreamAsync(clock.Token), Limit)
        {
            ContentType = CacheRules.First(response, "Content-Type"),
            Clock = clock,
            Copy = entry is null
                ? null
                : new CacheCopy(parts.Cache.Value, key!, entry, parts.CacheLimits.BodyBytes, parts.Room),
            Held = [response, slot],
        };
    }

    private FetchedBody? Kept(Uri url, string key, FetchCacheEntry entry) =>
        parts.Cache.Value.Read(key, entry) is { } bytes
            ? new FetchedBody(url, new MemoryStream(bytes, writable: false), Limit) { ContentType = entry.ContentType }
            : null;

    /// <summary>
    /// Without a word of the plan, an output is cut off by its own limit, which keeps what came before.
    /// </summary>
    private long Limit => fetch.MaxSize ?? (fetch.Feed ? run.Work.Limits.Output : long.MaxValue);

    /// <summary>
    /// An answer that was got where more may be reached is not one where less may; and a feed is asked for as a feed.
    /// </summary>
    private string Under =>
        $"{(fetch.Feed ? "feed" : "page")} {fetch.Private} {parts.Options.Private} {parts.Options.Loopback} "
        + string.Join(',', parts.Options.Allowed);

    private static string? Redirect(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.MovedPermanently
            or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
        {
            return null;
        }

        return CacheRules.First(response, "Location") ?? "";
    }

    /// <summary>A figure of more digits than the platform reads is a long time all the same.</summary>
    private static TimeSpan? Endless(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Retry-After", out var values)
            && values.FirstOrDefault()?.Trim() is { Length: > 0 } text
            && text.All(char.IsAsciiDigit) ? TimeSpan.FromDays(365) : null;

    /// <summary>How long the server wants to be left alone; null where it only says no.</summary>
    private TimeSpan? Pause(Uri url, HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter;
        var asked = after?.Delta ?? (after?.Date - parts.Time.GetUtcNow()) ?? Endless(response);
        var isTooMany = response.StatusCode == HttpStatusCode.TooManyRequests;
        if (!isTooMany && (response.StatusCode != HttpStatusCode.ServiceUnavailable || asked is null)) return null;
        if (_waits++ >= parts.Options.MostWaits)
        {
            throw FetchException.Failed(
                $"{(int)response.StatusCode}: {FetchErrors.Place(url)} asked for a pause {_waits} times in a row; "
                + "it lets through less than is asked; set fetch: { per_host: { gap: 2s } } in the configuration");
        }

        // One that does not say how long is asked after 1, 2, 4, ... seconds.
        var pause = asked ?? TimeSpan.FromSeconds(Math.Min(1 << (_waits - 1), 60));
        if (pause > parts.Options.LongestWait)
        {
            throw FetchException.Failed(
                $"{(int)response.StatusCode}: {FetchErrors.Place(url)} wants to be left alone for "
                    + $"{(int)pause.TotalSeconds} s, "
                + $"which is more than an attempt waits ({(int)parts.Options.LongestWait.TotalSeconds} s); "
                + "run the job again later");
        }

        return pause > TimeSpan.Zero ? pause : TimeSpan.FromMilliseconds(100);
    }
}
