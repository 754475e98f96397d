using System.Globalization;
using Amoeba.Deciding;
using Amoeba.Jobs;

namespace Amoeba.Benchmarks;

/// <summary>How well tasks of known length are packed onto children.</summary>
internal sealed class MakespanBenchmark : IBenchmark
{
    private const int Tasks = 200;

    public string Name => "makespan";

    public Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        var findings = new List<Finding>();
        foreach (var children in (int[])[2, 4, 8])
        {
            room.Say($"{Name}: {children} children");
            cancel.ThrowIfCancellationRequested();
            findings.AddRange(Measure(children, room.Count(100)));
        }

        return Task.FromResult(new Outcome(Name, findings));
    }

    private static IEnumerable<Finding> Measure(int children, int seeds)
    {
        List<double> ours = [], lists = [], bounds = [];
        for (var seed = 0; seed < seeds; seed++)
        {
            var lengths = Lengths.HeavyTailed(seed, Tasks);
            ours.Add(Play(lengths, children));
            lists.Add(LongestFirst(lengths, children));
            bounds.Add(Bound(lengths, children));
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"{Tasks} tasks on {children} children, {seeds} seeds");
        var engine = new Series("makespan", "s", ours);
        var list = new Series("longest first", "s", lists);
        var bound = new Series("bound", "s", bounds);
        yield return new Finding
        {
            What = what + ", worst",
            Against = "longest-first list scheduling, its children starting as late",
            Ours = engine,
            Theirs = list,
            Figure = Series.Ratio("of its makespan", engine, list),
            Aim = new Aim(AtLeast: false, 1, Worst: true),
        };
        yield return new Finding
        {
            What = what + ", median",
            Against = "max(sum / children, longest)",
            Ours = engine,
            Theirs = bound,
            Figure = Series.Ratio("of the bound", engine, bound),
            Aim = new Aim(AtLeast: false, 1.02),
        };
    }

    private static double Play(float[] lengths, int children)
    {
        var stage = new StageInput
        {
            Id = "each",
            Tasks = lengths.Length,
            Tool = "wait",
            Seconds = lengths.Average(),
            SecondsFrom = "estimate",
            EachSeconds = lengths,
            Memory = 1 << 20,
        };
        var input = SimulatedJobs.Input(SimulatedJobs.Machine(2), stage) with { Wish = children };
        return SimulatedJobs.Play(Decider.Decide(input), children).MakespanSeconds;
    }

    /// <summary>
    /// The reference: the longest task that is left goes to the child that is free first.
    /// In ticks, as the engine reckons.
    /// </summary>
    private static double LongestFirst(float[] lengths, int children)
    {
        var free = new PriorityQueue<int, long>();
        var start = TimeSpan.FromSeconds(CellCosts.StartSeconds(CellKind.Thread)).Ticks;
        for (var child = 0; child < children; child++)
        {
            free.Enqueue(child, start);
        }

        long last = 0;
        foreach (var seconds in lengths.OrderDescending())
        {
            free.TryDequeue(out var child, out var at);
            var end = at + TimeSpan.FromSeconds(seconds).Ticks;
            last = Math.Max(last, end);
            free.Enqueue(child, end);
        }

        return TimeSpan.FromTicks(last).TotalSeconds;
    }

    private static double Bound(float[] lengths, int children) =>
        Math.Max(lengths.Sum(seconds => (double)seconds) / children, lengths.Max());
}
