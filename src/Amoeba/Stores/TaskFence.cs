using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores;

/// <summary>
/// Whether a row may follow the stored one: the rule of <see cref="Engine.Ports.CommitBatch.Tasks"/>.
/// </summary>
internal static class TaskFence
{
    /// <param name="stored">The stored row's state; null where there is no row.</param>
    /// <param name="attempt">Its attempt; 0 where there is no row.</param>
    /// <param name="next">The row that may follow.</param>
    public static bool Allows(TaskState? stored, int attempt, TaskRecord next) => next.State == TaskState.Running
        ? next.Attempt > attempt
        : next.Attempt == attempt && stored != TaskState.Succeeded;
}
