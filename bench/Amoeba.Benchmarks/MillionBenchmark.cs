using System.Globalization;
using Amoeba.Hosting.Running;

namespace Amoeba.Benchmarks;

/// <summary>
/// A million items: how long accepting them takes, and what a job of them holds in memory while it runs.
/// </summary>
internal sealed class MillionBenchmark : IBenchmark
{
    private const double RaySeconds = 184;
    private const string Ray = "Ray's published 184 s for a million queued tasks (its own machine)";

    public string Name => "million";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        var items = room.Count(1_000_000);
        var file = Path.Combine(room.Folder, "items.txt");
        await File.WriteAllLinesAsync(file, Enumerable.Range(1, items).Select(Line), cancel);
        var findings = new List<Finding>();
        foreach (var (kind, each) in new[] { ("lines of a file", $"\"file\": \"{file}\""), ("of a "
            + "range", $"\"range\": \"1..{items}\"") })
        {
            await MeasureAsync(room, items, kind, each, findings, cancel);
        }

        return new Outcome(Name, findings);
    }

    private async Task MeasureAsync(
        BenchRoom room, int items, string kind, string each, List<Finding> findings, CancellationToken cancel)
    {
        var seconds = new List<double>();
        var held = new List<double>();
        var grown = new List<double>();
        await using var parent = room.Open(room.NewHome());
        await SubmitAsync(room, parent, "\"range\": \"1..3000\"", cancel); // what any job loads is not an item's
        for (var round = 0; round < room.Rounds(5); round++)
        {
            room.Say($"{Name}: {kind}, round {round + 1}");
            // Jobs of earlier rounds stay: what they hold is in `before`, and nothing they gave back is taken for it.
            var before = BenchRoom.ResidentAfterCollection();
            seconds.Add(await SubmitAsync(room, parent, each, cancel));
            grown.Add((double)(Resident() - before) / items);
            held.Add((double)(BenchRoom.ResidentAfterCollection() - before) / items);
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"{items:N0} {kind}");
        var accepting = new Series("to accept", "s", seconds);
        findings.Add(new Finding
        {
            What = what + ": until accepted, durable",
            Against = Ray,
            Ours = accepting,
            Theirs = new Series("Ray", "s", [.. seconds.Select(_ => RaySeconds)]),
            Figure = accepting,
            Aim = new Aim(AtLeast: false, 10),
        });
        var holding = new Series("resident an item", "B", held);
        findings.Add(new Finding
        {
            What = what + ": resident memory held while it runs, an item",
            Against = "64 bytes",
            Ours = holding,
            Figure = holding,
            Aim = new Aim(AtLeast: false, 64),
            Raw = [new Series("with what the collector has not given back yet", "B", grown)],
        });
    }

    /// <summary>Its tasks start, and wait for longer than this lasts.</summary>
    private static async Task<double> SubmitAsync(BenchRoom room, Parent parent, string each, CancellationToken cancel)
    {
        var job = room.Job(Plan.Wait(each, 3000, 16));
        return await BenchRoom.SecondsAsync(() => parent.SubmitAsync(job, cancel));
    }

    private static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"item number {number}");

    private static long Resident() => Environment.WorkingSet;
}
