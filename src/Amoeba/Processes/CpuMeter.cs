namespace Amoeba.Processes;

/// <summary>Processor time that a tree used in the last seconds.</summary>
internal sealed class CpuMeter
{
    /// <summary>
    /// Shorter bursts pass: a compiler that starts on all processors and then waits is within its limit.
    /// </summary>
    internal static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private const double TicksPerSecond = 100;

    private readonly Queue<(TimeSpan At, double Seconds)> _readings = [];
    private double _most;

    /// <summary>All that the readings have seen used; from any thread.</summary>
    internal TimeSpan Most => TimeSpan.FromSeconds(Volatile.Read(ref _most));

    /// <summary>Takes a reading.</summary>
    /// <param name="at">Time since any fixed moment.</param>
    /// <param name="tree">The tree's processes, with those that ended and were not waited for.</param>
    /// <param name="reaped">Time of those that left the tree by ending as orphans.</param>
    /// <returns>What was used in the last window, or since the first reading where that is less.</returns>
    internal CpuUse Read(TimeSpan at, List<ProcessStat> tree, TimeSpan reaped)
    {
        var seconds = reaped.TotalSeconds + Sum(tree);
        // A process that ends between two reads of its tree is missing from this sum and in the next: it never falls.
        Volatile.Write(ref _most, Math.Max(_most, seconds));
        _readings.Enqueue((at, _most));
        while (_readings.Count > 1 && at - _readings.ElementAt(1).At >= Window) _readings.Dequeue();
        var (from, before) = _readings.Peek();
        return new CpuUse(_most - before, at - from);
    }

    /// <summary>Seconds that processes have used, and those that they waited for.</summary>
    internal static double Sum(List<ProcessStat> tree)
    {
        var ticks = 0L;
        foreach (var member in tree) ticks += member.CpuTicks + member.WaitedTicks;
        return ticks / TicksPerSecond;
    }
}

/// <summary>Processor time of a tree.</summary>
/// <param name="Seconds">How much.</param>
/// <param name="Over">In what time.</param>
internal readonly record struct CpuUse(double Seconds, TimeSpan Over)
{
    /// <summary>What clock ticks of 10 ms, and looks that are late, may add up to.</summary>
    private const double Tolerance = 1.1;
    private const double Slack = 0.05;

    /// <summary>All that is allowed may be used; what is a little over is let be, and warned of.</summary>
    private const double Near = 1.02;

    /// <summary>Thousandths of a processor.</summary>
    internal long Average => Over > TimeSpan.Zero ? (long)Math.Round(Seconds / Over.TotalSeconds * 1000) : 0;

    /// <summary>
    /// It is so much over the limit that no rounding explains it; never before a whole window has passed.
    /// </summary>
    internal bool IsOver(double limit) =>
        Over >= CpuMeter.Window && Average > ((limit * Tolerance) + Slack) * 1000;

    /// <summary>What the limit allows in a whole window is used up, also where that has not passed yet.</summary>
    internal bool IsNear(double limit) =>
        Seconds > limit * Near * Math.Max(Over.TotalSeconds, CpuMeter.Window.TotalSeconds);
}
