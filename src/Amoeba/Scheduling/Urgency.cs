using Amoeba.Jobs;

namespace Amoeba.Scheduling;

/// <summary>
/// Which waiting task comes first. Each gets a due time when it becomes ready: the moment plus what its priority lets
/// it wait, or its deadline less its expected length if that is earlier. Due times never change, so a task that waits
/// overtakes every task of higher priority that comes later than its allowance: nothing starves.
/// </summary>
internal static class Urgency
{
    /// <summary>Before everything: what was lost with its parent goes first.</summary>
    public const long FirstInLine = long.MinValue / 2;

    /// <summary>
    /// Each task that a job has running counts as so much shorter a wait, which shares slots between jobs.
    /// </summary>
    public static readonly TimeSpan RunningCounts = TimeSpan.FromSeconds(15);

    public static TimeSpan Allowance(Priority priority) => priority switch
    {
        Priority.Critical => TimeSpan.Zero,
        Priority.High => TimeSpan.FromMinutes(1),
        Priority.Medium => TimeSpan.FromMinutes(5),
        _ => TimeSpan.FromMinutes(30),
    };

    /// <summary>The due time in ticks of uptime.</summary>
    /// <param name="since">When it became ready, ticks of uptime.</param>
    /// <param name="priority">Its priority.</param>
    /// <param name="deadline">Its deadline, ticks of uptime; null is none.</param>
    /// <param name="seconds">Its expected length.</param>
    public static long Due(long since, Priority priority, long? deadline, double seconds)
    {
        var due = since + Allowance(priority).Ticks;
        return deadline is { } limit ? Math.Min(due, limit - TimeSpan.FromSeconds(seconds).Ticks) : due;
    }
}
