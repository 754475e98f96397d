using System.Globalization;

namespace Amoeba.Benchmarks;

/// <summary>
/// What a call holds while the other side says nothing: many are open for long, and most of them wait.
/// </summary>
internal sealed class OpenCallsBenchmark : IBenchmark
{
    public string Name => "open-calls";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        if (StandInServer.Missing(room) is { } missing) return Outcome.Skip(Name, missing);
        await using var server = await StandInServer.StartAsync(room, cancel);
        var open = room.Quick ? 20 : 200;
        var findings = new List<Finding>();
        foreach (var (what, each) in new[] { ("an answer", Chats(open)), ("a page", Pages(server, open)) })
        {
            findings.Add(await MeasureAsync(room, server, open, what, each, cancel));
        }

        return new Outcome(Name, findings);
    }

    private async Task<Finding> MeasureAsync(
        BenchRoom room, StandInServer server, int open, string what, string plan, CancellationToken cancel)
    {
        List<double> resident = [], managed = [];
        for (var round = -1; round < room.Rounds(5); round++)
        {
            room.Say($"{Name}: {what}, round {round + 1}");
            // Whole jobs first: what a process loads once, and the threads that it has by then, are no call's.
            await server.UseAsync("{}", cancel);
            await using (var warm = room.Open(room.NewHome(), models: server.Models))
            {
                await EngineRun.DoAsync(warm, room.Job(plan), cancel);
            }

            await server.UseAsync("""
                { "answers": [{ "tokens": 400 }],
                  "faults": [{ "kind": "hang_mid" }, { "kind": "hang_mid", "path": "^/text/" }] }
                """, cancel);
            await using var parent = room.Open(room.NewHome(), models: server.Models);
            var (before, heap) = (BenchRoom.ResidentAfterCollection(), GC.GetTotalMemory(forceFullCollection: true));
            var job = (await parent.SubmitAsync(room.Job(plan), cancel)).Job;
            await server.OpenAsync(open, cancel);
            await Task.Delay(TimeSpan.FromMilliseconds(500), BenchRoom.Time, cancel); // the first half has come by then
            if (round >= 0)
            {
                resident.Add((double)(BenchRoom.ResidentAfterCollection() - before) / open / 1024);
                managed.Add((double)(GC.GetTotalMemory(forceFullCollection: true) - heap) / open / 1024);
            }

            await parent.AskAsync(job, "cancel", null, "bench", cancel);
            await parent.WhenSettledAsync(job, cancel);
        }

        var ours = new Series("resident a call", "KiB", resident);
        return new Finding
        {
            What = string.Create(CultureInfo.InvariantCulture,
                $"{open} calls open in the middle of {what}: resident memory held, a call"),
            Against = "64 KiB",
            Ours = ours,
            Figure = ours,
            Aim = new Aim(AtLeast: false, 64),
            Raw = [new Series("of it on the managed heap", "KiB", managed)],
        };
    }

    private static string Chats(int open) => $$"""
        { "name": "open", "each": { "range": "1..{{open}}" }, "do": { "chat": { "model": "m/x", "prompt": "say {item}" } },
          "children": {{open}} }
        """;

    /// <summary>A few of each host, as many as politeness lets through at once.</summary>
    private static string Pages(StandInServer server, int open)
    {
        string Text(int n) => string.Create(CultureInfo.InvariantCulture, $"/text/{2000 + n}");
        var urls = Enumerable.Range(0, open)
            .Select(n => $"\"{server.UrlOf(n % StandInServer.Addresses + 1, Text(n))}\"");
        return $$"""
            { "name": "open", "each": [{{string.Join(',', urls)}}], "do": { "fetch": { "url": "{item}", "cache": "off" } },
              "children": {{open}} }
            """;
    }
}
