namespace Amoeba.Deciding;

/// <summary>
/// How many tasks can run at once, whatever the number of children. More children than that leave some idle while the
/// expected seconds hold; it is 1 for chains alone, whatever the seconds are.
/// </summary>
internal static class Breadth
{
    /// <summary>
    /// The most that run at once when each starts as early as it may; 0 for an empty job, 1 for a chain.
    /// </summary>
    public static long Of(Workload work)
    {
        if (work.TotalTasks == 0)
            return 0;
        if (work.Tasks.Length == 1)
            return work.TotalTasks;
        var width = (int)Math.Min(work.TotalTasks, int.MaxValue);
        return Schedule.Play(work, double.MaxValue, width).Peak;
    }
}
