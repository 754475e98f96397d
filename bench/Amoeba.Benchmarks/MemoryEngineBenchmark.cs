using System.Globalization;

namespace Amoeba.Benchmarks;

/// <summary>What the engine costs by itself: tasks that do nothing, and nothing on the disk.</summary>
internal sealed class MemoryEngineBenchmark : IBenchmark
{
    private const int Children = 256;

    public string Name => "engine-memory";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        var tasks = room.Count(200_000);
        var engine = new List<double>();
        var loop = new List<double>();
        await RoundAsync(room, Math.Min(tasks, 5000), cancel);
        for (var round = 0; round < room.Rounds(5); round++)
        {
            room.Say($"{Name}: round {round + 1}");
            var (ours, theirs) = await RoundAsync(room, tasks, cancel);
            engine.Add(tasks / ours);
            loop.Add(tasks / theirs);
        }

        var our = new Series("engine", "tasks/s", engine);
        var their = new Series("Parallel.ForEachAsync", "tasks/s", loop);
        return new Outcome(Name,
        [
            new Finding
            {
                What =
                    string.Create(CultureInfo.InvariantCulture, $"{tasks:N0} x wait: 0 in memory, {Children} children"),
                Against = "Parallel.ForEachAsync on a no-op, a worker a processor",
                Ours = our,
                Theirs = their,
                Figure = Series.Ratio("rate over the loop's", our, their),
                Aim = new Aim(AtLeast: true, 0.05),
            },
        ]);
    }

    private static async Task<(double Ours, double Theirs)> RoundAsync(
        BenchRoom room, int tasks, CancellationToken cancel)
    {
        double ours;
        await using (var parent = room.Open(home: null))
        {
            ours = await EngineRun.SecondsAsync(parent, room.Job(Plan.Wait(tasks, Children)), cancel);
        }

        var theirs = await BenchRoom.SecondsAsync(() => Parallel.ForEachAsync(
            Enumerable.Range(0, tasks), cancel, (_, _) => ValueTask.CompletedTask));
        return (ours, theirs);
    }
}
