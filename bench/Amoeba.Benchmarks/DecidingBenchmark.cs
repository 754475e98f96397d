using System.Globalization;
using Amoeba.Deciding;

namespace Amoeba.Benchmarks;

/// <summary>Whether what is decided pays: jobs of random shape, played as decided and one by one.</summary>
internal sealed class DecidingBenchmark : IBenchmark
{
    private const int Tasks = 10_000;

    private static readonly string[] ToolNames = ["wait", "delegate", "run"];

    public string Name => "deciding";

    public Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        List<double> decided = [], alone = [], gains = [], milliseconds = [];
        Decider.Decide(Input(0)); // the first one compiles
        var seeds = room.Count(100);
        for (var seed = 0; seed < seeds; seed++)
        {
            cancel.ThrowIfCancellationRequested();
            room.Say($"{Name}: job {seed + 1} of {seeds}");
            var input = Input(seed);
            var began = BenchRoom.Time.GetTimestamp();
            var decision = Decider.Decide(input);
            milliseconds.Add(BenchRoom.Time.GetElapsedTime(began).TotalMilliseconds);
            var one = SimulatedJobs.Play(decision, 1).MakespanSeconds;
            var split = decision.Split ? SimulatedJobs.Play(decision, decision.Children).MakespanSeconds : one;
            alone.Add(one);
            decided.Add(split);
            if (decision.Split)
            {
                gains.Add(1 - split / one);
            }
        }

        return Task.FromResult(new Outcome(Name, [.. Findings(decided, alone, gains, milliseconds)]));
    }

    private static IEnumerable<Finding> Findings(
        List<double> decided, List<double> alone, List<double> gains, List<double> milliseconds)
    {
        var jobs = string.Create(CultureInfo.InvariantCulture, $"{decided.Count} random jobs of {Tasks:N0} tasks");
        var ours = new Series("as decided", "s", decided);
        var one = new Series("one by one", "s", alone);
        var deciding = new Series("to decide", "ms", milliseconds);
        yield return new Finding
        {
            What = jobs + ", played as decided, worst",
            Against = "one by one",
            Ours = ours,
            Theirs = one,
            Figure = Series.Ratio("of one by one", ours, one),
            Aim = new Aim(AtLeast: false, 1.05, Worst: true),
            Raw = [deciding],
        };
        if (gains.Count > 0)
        {
            var gained = new Series("share of time saved", "", gains);
            yield return new Finding
            {
                What = string.Create(CultureInfo.InvariantCulture,
                    $"{gains.Count} of them were split: what the worst split saved"),
                Against = "the threshold for light children",
                Ours = gained,
                Figure = gained,
                Aim = new Aim(AtLeast: true, 0.10, Worst: true),
            };
        }

        yield return new Finding
        {
            What = "one decision on them",
            Against = "a blink: 100 ms",
            Ours = deciding,
            Figure = deciding,
            Aim = new Aim(AtLeast: false, 100),
        };
    }

    /// <summary>
    /// One to three stages, in a row or side by side, from microseconds to minutes a task; half of them on one
    /// processor, where much that looks worth splitting is not.
    /// </summary>
    private static DecisionInput Input(int seed)
    {
        var chance = new Random(seed);
        var count = chance.Next(1, 4);
        var stages = new StageInput[count];
        for (var at = 0; at < count; at++)
        {
            stages[at] = Stage(chance, at, at < count - 1 ? Tasks / count : Tasks - Tasks / count * (count - 1));
        }

        return SimulatedJobs.Input(SimulatedJobs.Machine(chance.Next(2) == 0 ? 1 : chance.Next(2, 17)), stages);
    }

    private static StageInput Stage(Random chance, int at, int tasks)
    {
        var tool = ToolDefaults.Of(ToolNames[chance.Next(ToolNames.Length)]);
        var scale = (float)Math.Pow(10, chance.NextDouble() * 7 - 5);
        var heavy = chance.Next(2) == 0;
        float[]? each = chance.Next(2) == 0
            ? null
            : [.. Enumerable.Range(0, tasks)
                .Select(_ => scale * (heavy ? Lengths.Pareto(chance, 1.2) : Lengths.LogNormal(chance, 1)))];
        return new StageInput
        {
            Id = $"s{at}",
            Tasks = tasks,
            Needs = at > 0 && chance.Next(2) == 0 ? [at - 1] : [],
            Tool = tool.Program ? "run" : "wait",
            Program = tool.Program,
            CpuShare = chance.Next(2) == 0 ? 0.7 + 0.3 * chance.NextDouble() : tool.CpuShare,
            CpuAssumed = chance.Next(2) == 0,
            Seconds = each?.Average() ?? scale,
            SecondsFrom = "estimate",
            EachSeconds = each,
            Memory = tool.Memory,
        };
    }
}
