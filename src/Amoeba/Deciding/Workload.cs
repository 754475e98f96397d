namespace Amoeba.Deciding;

/// <summary>So many tasks of the same length.</summary>
internal readonly record struct Segment(int Count, double Seconds);

/// <summary>
/// The stages made ready for <see cref="Schedule"/>: each stage's tasks longest first, equal ones in one segment, so
/// that a million alike cost as much to reckon with as one. Of tasks that all differ the longest <see cref="Exact"/>
/// stay apart; the rest go into <see cref="Buckets"/> segments that keep their sum, because only long tasks
/// shape the end.
/// </summary>
internal sealed class Workload
{
    /// <summary>No program ends sooner than it can be started, in seconds.</summary>
    public const double ProgramSeconds = 0.002;

    private const int Exact = 1024;
    private const int Buckets = 64;
    private readonly double _begins;

    /// <param name="stages">What is to be done.</param>
    /// <param name="ignoreAssumedCpu">Tasks compute only where that is known.</param>
    /// <param name="begin">Seconds that each task takes before its tool works; a call of a model takes none.</param>
    public Workload(IReadOnlyList<StageInput> stages, bool ignoreAssumedCpu, double begin = 0)
    {
        Segments = [.. stages.Select(stage => SegmentsOf(stage, BeginOf(stage)))];
        Tasks = new int[stages.Count];
        Share = new double[stages.Count];
        Needs = new int[stages.Count];
        var dependents = stages.Select(_ => new List<int>()).ToArray();
        for (var stage = 0; stage < stages.Count; stage++)
        {
            var input = stages[stage];
            Tasks[stage] = input.Tasks;
            Share[stage] = ignoreAssumedCpu && input.CpuAssumed ? 0 : Math.Max(0, input.CpuShare);
            var needs = new HashSet<int>(stages[stage].Needs);
            foreach (var need in needs) dependents[need].Add(stage);
            Needs[stage] = needs.Count;
            SegmentCount += Segments[stage].Length;
            TotalTasks += stages[stage].Tasks;
            _begins += BeginOf(stages[stage]) * stages[stage].Tasks;
        }

        double BeginOf(StageInput stage) => stage.Call is null ? begin : 0;

        Dependents = Array.ConvertAll(dependents, list => list.ToArray());
    }

    public Segment[][] Segments { get; }

    public int[] Tasks { get; }

    public double[] Share { get; }

    public int[] Needs { get; }

    public int[][] Dependents { get; }

    public int SegmentCount { get; }

    public long TotalTasks { get; }

    /// <summary>The shortest of all, with what it takes to begin; 0 where there is none.</summary>
    public double Shortest => Segments.SelectMany(segments => segments).Select(segment => segment.Seconds)
        .DefaultIfEmpty(0).Min();

    /// <summary>Seconds of all tasks together, one after the other, without what it takes to begin them.</summary>
    public double TotalSeconds
    {
        get
        {
            double total = 0;
            foreach (var segments in Segments)
            {
                double seconds = 0;
                foreach (var segment in segments) seconds += segment.Count * segment.Seconds;
                total += seconds;
            }

            return total - _begins;
        }
    }

    private static Segment[] SegmentsOf(StageInput stage, double begin)
    {
        var least = stage.Program ? ProgramSeconds : 0;
        if (stage.Tasks == 0)
            return [];
        if (stage.EachSeconds is not { } each || each.Count != stage.Tasks)
            return [new Segment(stage.Tasks, begin + Math.Max(least, stage.Seconds))];

        var seconds = new double[each.Count];
        for (var i = 0; i < seconds.Length; i++)
            seconds[i] = begin + Math.Max(least, each[i]);
        Array.Sort(seconds);
        Array.Reverse(seconds);
        return Group(seconds);
    }

    private static Segment[] Group(double[] seconds)
    {
        var segments = new List<Segment>();
        var at = 0;
        while (at < seconds.Length && segments.Count < Exact)
        {
            var end = at + 1;
            while (end < seconds.Length && seconds[end] == seconds[at])
                end++;
            segments.Add(new Segment(end - at, seconds[at]));
            at = end;
        }
        var size = (seconds.Length - at + Buckets - 1) / Buckets;
        for (; at < seconds.Length; at += size)
        {
            var bucket = seconds.AsSpan(at, Math.Min(size, seconds.Length - at));
            var sum = 0.0;
            foreach (var value in bucket)
                sum += value;
            segments.Add(new Segment(bucket.Length, sum / bucket.Length));
        }
        return [.. segments];
    }
}
