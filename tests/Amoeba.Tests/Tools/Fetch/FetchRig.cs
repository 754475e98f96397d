using System.Net;
using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Plans;
using Amoeba.StandIn;
using Amoeba.Stores.Memory;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Fetch;

namespace Amoeba.Tests.Tools.Fetch;

/// <summary>`fetch` with a server that answers as the test wants it.</summary>
internal sealed class FetchRig : IAsyncDisposable
{
    private readonly FetchTool _tool;

    private FetchRig(
        ModelServer server, FetchOptions options, bool asProxy, Func<string, Task<IPAddress[]>>? lookUp)
    {
        Server = server;
        _tool = new FetchTool(
            options, () => Cache, TimeProvider.System, asProxy ? new WebProxy(server.Url) : null, lookUp);
    }

    public ModelServer Server { get; }

    public IFetchCache Cache { get; } = new MemoryFetchCache(new FetchCacheLimits(), TimeProvider.System);

    public HeardWaits Waits { get; } = new();

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="options">Of `fetch`.</param>
    /// <param name="server">Of the server.</param>
    /// <param name="asProxy">The server is the proxy of the environment too.</param>
    /// <param name="lookUp">Null asks the operating system.</param>
    public static async Task<FetchRig> StartAsync(
        FetchOptions? options = null, ModelServerOptions? server = null, bool asProxy = false,
        Func<string, Task<IPAddress[]>>? lookUp = null) =>
        new(
            await ModelServer.StartAsync(server ?? new ModelServerOptions { Addresses = 2 }, Cancel),
            options ?? new FetchOptions(),
            asProxy,
            lookUp);

    public Task<Fetched> GetAsync(string path) => RunAsync(Of(Server.Url + path));

    public Task<Fetched> FeedAsync(string path) => RunAsync(Of(Server.Url + path) with { Feed = true });

    public static BoundFetch Of(string url, params (string Name, string Value)[] headers) =>
        new([new FetchRequest(url, [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))])]);

    public async Task<Fetched> RunAsync(BoundFetch fetch, LimitSpec? limits = null, CancellationToken? cancel = null)
    {
        var work = new WorkBinder(fetch) { Limits = limits ?? LimitSpec.Default }
            .Bind(new AttemptOrder("job", 0, 1, 1, "c"));
        using var output = new InlineOutputs().Open("job", 0, 1, work.Limits.Output);
        var run = new ToolRun { Tool = fetch, Work = work, Output = output, Waits = Waits };
        var outcome = await _tool.RunAsync(run, cancel ?? Cancel);
        return new Fetched(outcome.End, outcome.Error, output.Complete().Inline.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        _tool.Dispose();
        await Server.DisposeAsync();
    }
}

internal sealed record Fetched(AttemptEnd End, string? Error, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public Fetched Succeeded()
    {
        Assert.Equal((AttemptEnd.Succeeded, null), (End, Error));
        return this;
    }

    public void Ended(AttemptEnd end, string words)
    {
        Assert.Equal(end, End);
        Assert.Contains(words, Error, StringComparison.Ordinal);
    }
}

/// <summary>Remembers what was waited for.</summary>
internal sealed class HeardWaits : IAttemptWaits
{
    private readonly Lock _lock = new();

    public List<string> Heard { get; } = [];

    public void WaitsFor(string what, DateTimeOffset? until)
    {
        lock (_lock) Heard.Add(what);
    }

    public void GoesOn()
    {
        lock (_lock) Heard.Add("goes on");
    }
}
