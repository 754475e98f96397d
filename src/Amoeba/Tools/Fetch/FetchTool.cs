using System.Net;
using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Fetch;

/// <summary>`fetch`: gets what an address has, as it is or as the entries of a feed.</summary>
internal sealed class FetchTool : ITool, IDisposable
{
    /// <summary>What calls together hold to copy answers for the cache.</summary>
    private const long CopyBytes = 16L << 20;

    private readonly Lazy<FetchParts> _parts;

    /// <param name="options">Limits and what is allowed.</param>
    /// <param name="cache">Opened with the first call that could use it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="proxy">Null is the environment's.</param>
    /// <param name="lookUp">How names are looked up; null asks the operating system.</param>
    public FetchTool(
        FetchOptions options, Func<IFetchCache> cache, TimeProvider time, IWebProxy? proxy = null,
        Func<string, Task<IPAddress[]>>? lookUp = null)
    {
        // Nothing of the network is loaded by a parent that fetches nothing.
        _parts = new(() => new FetchParts(
            options, new FetchClient(options, new HostNames(options.ConnectTimeout, time, lookUp), proxy),
            new HostGates(options, time), new(cache), new CopyRoom(CopyBytes),
            new FetchCacheLimits(options.CacheBytes), time));
    }

    public string Name => "fetch";

    public async ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel)
    {
        var fetch = (BoundFetch)run.Tool;
        try
        {
            if (fetch.Feed) return await FeedAsync(fetch, run, cancel);
            for (var i = 0; i < fetch.Requests.Count; i++)
            {
                await using var body =
                    await new FetchCall(_parts.Value, fetch, run, cancel).OpenAsync(fetch.Requests[i]);
                if (!await BodyWriter.WriteAsync(body, run.Output, cancel)) break;
                if (i + 1 < fetch.Requests.Count && !run.Output.Write("\n"u8)) break;
            }

            return new ToolOutcome(AttemptEnd.Succeeded);
        }
        catch (FetchException problem)
        {
            return problem.Outcome;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new ToolOutcome(AttemptEnd.Stopped);
        }
    }

    private async ValueTask<ToolOutcome> FeedAsync(BoundFetch fetch, ToolRun run, CancellationToken cancel)
    {
        using var feeds = new FeedWriter(run.Output);
        foreach (var request in fetch.Requests)
        {
            await using var body = await new FetchCall(_parts.Value, fetch, run, cancel).OpenAsync(request);
            if (!await feeds.WriteAsync(body, cancel)) return new ToolOutcome(AttemptEnd.Succeeded);
        }

        feeds.Finish();
        return new ToolOutcome(AttemptEnd.Succeeded);
    }

    public void Dispose()
    {
        if (!_parts.IsValueCreated) return;
        _parts.Value.Client.Dispose();
        if (_parts.Value.Cache.IsValueCreated) (_parts.Value.Cache.Value as IDisposable)?.Dispose();
    }
}
