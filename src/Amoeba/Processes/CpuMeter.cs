namespace Amoeba.Processes;

/// <summary>Processors that a tree uses, on average over the last seconds.</summary>
internal sealed class CpuMeter
{
    /// <summary>
    /// Shorter bursts pass: a compiler that starts on all processors and then waits is within its limit.
    /// </summary>
    internal static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    /// <summary>What clock ticks of 10 ms, and looks that are late, may add up to.</summary>
    private const double Tolerance = 1.1;
    private const double Slack = 0.05;
    private const double TicksPerSecond = 100;

    private readonly Queue<(TimeSpan At, double Seconds)> _readings = [];
    private double _most;

    /// <summary>
    /// Takes a reading. Returns thousandths of a processor used on average where that is over the limit, else null;
    /// never before a whole window has passed.
    /// </summary>
    /// <param name="at">Time since any fixed moment.</param>
    /// <param name="tree">The tree's processes, with those that ended and were not waited for.</param>
    /// <param name="reaped">Time of those that left the tree by ending as orphans.</param>
    /// <param name="limit">Processors.</param>
    internal long? Read(TimeSpan at, List<ProcessStat> tree, TimeSpan reaped, double limit) =>
        Average(at, tree, reaped) is { } used && IsOver(used, limit) ? used : null;

    /// <summary>It is so much over the limit that no rounding explains it.</summary>
    internal static bool IsOver(long used, double limit) => used > ((limit * Tolerance) + Slack) * 1000;

    /// <summary>Likewise, whatever the limit.</summary>
    internal long? Average(TimeSpan at, List<ProcessStat> tree, TimeSpan reaped)
    {
        var seconds = reaped.TotalSeconds + Sum(tree);
        // A process that ends between two reads of its tree is missing from this sum and in the next: it never falls.
        _most = Math.Max(_most, seconds);
        _readings.Enqueue((at, _most));
        while (_readings.Count > 1 && at - _readings.ElementAt(1).At >= Window) _readings.Dequeue();
        var (from, before) = _readings.Peek();
        if (at - from < Window) return null;
        var used = (_most - before) / (at - from).TotalSeconds;
        return (long)Math.Round(used * 1000);
    }

    /// <summary>Seconds that processes have used, and those that they waited for.</summary>
    internal static double Sum(List<ProcessStat> tree)
    {
        var ticks = 0L;
        foreach (var member in tree) ticks += member.CpuTicks + member.WaitedTicks;
        return ticks / TicksPerSecond;
    }
}
