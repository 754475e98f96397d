using System.Globalization;

namespace Amoeba.Benchmarks;

/// <summary>Work that waits for other machines: how near a job comes to its longest chain of waits.</summary>
internal sealed class NetworkBenchmark : IBenchmark
{
    private const double FeedSeconds = 0.4;
    private const double CallSeconds = 0.3;
    private const int Calls = 100;
    private const int Callers = 10;

    public string Name => "network";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        if (StandInServer.Missing(room) is { } missing) return Outcome.Skip(Name, missing);
        await using var server = await StandInServer.StartAsync(room, cancel);
        await server.UseAsync(
            string.Create(CultureInfo.InvariantCulture,
                $$"""{ "latency": { "first": {{CallSeconds}} }, "answers": [{ "tokens": 40 }] }"""),
            cancel);
        List<double> feeds = [], calls = [];
        for (var round = -1; round < room.Rounds(7); round++)
        {
            room.Say($"{Name}: round {round + 1}");
            await using var parent = room.Open(room.NewHome(), models: server.Models);
            var fetched = await EngineRun.SecondsAsync(parent, room.Job(Feeds(server)), cancel);
            var called = await EngineRun.SecondsAsync(parent, room.Job(Chats()), cancel);
            if (round < 0) continue; // loads what both are done with
            feeds.Add(fetched);
            calls.Add(called);
        }

        return new Outcome(Name,
        [
            Compare($"{StandInServer.Addresses} feeds of {FeedSeconds:0.0} s, {StandInServer.Addresses} children",
                feeds, FeedSeconds),
            Compare($"{Calls} calls of {CallSeconds:0.0} s, {Callers} children", calls, CallSeconds * Calls / Callers),
        ]);
    }

    private static Finding Compare(string what, List<double> seconds, double chain)
    {
        var ours = new Series("job", "s", seconds);
        var bound = new Series("waits", "s", [.. seconds.Select(_ => chain)]);
        return new Finding
        {
            What = what,
            Against = "the longest chain of waits",
            Ours = ours,
            Theirs = bound,
            Figure = Series.Ratio("of it", ours, bound),
            Aim = new Aim(AtLeast: false, 1.15),
        };
    }

    private static string Feeds(StandInServer server)
    {
        string Feed(int n) => string.Create(CultureInfo.InvariantCulture, $"/feed/{n}?latency={FeedSeconds}");
        var urls = Enumerable.Range(1, StandInServer.Addresses).Select(n => $"\"{server.UrlOf(n, Feed(n))}\"");
        return $$"""
            { "name": "feeds", "each": [{{string.Join(',', urls)}}], "do": { "fetch": { "url": "{item}", "feed": true } },
              "children": {{StandInServer.Addresses}}, "merge": "json" }
            """;
    }

    private static string Chats() => $$"""
        { "name": "calls", "each": { "range": "1..{{Calls}}" }, "do": { "chat": { "model": "m/x", "prompt": "say {item}" } },
          "children": {{Callers}}, "merge": "lines" }
        """;
}
