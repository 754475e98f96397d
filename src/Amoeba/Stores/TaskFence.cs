using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores;

/// <summary>Whether a row may follow the stored one: the rule of <see cref="Engine.Ports.CommitBatch.Tasks"/>.</summary>
internal static class TaskFence
{
    public static bool Allows(TaskRecord? stored, TaskRecord next)
    {
        if (next.State == TaskState.Running)
            return next.Attempt > (stored?.Attempt ?? 0);
        return stored is null
            ? next.Attempt == 0
            : next.Attempt == stored.Attempt && stored.State != TaskState.Succeeded;
    }
}
