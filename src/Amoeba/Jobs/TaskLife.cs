namespace Amoeba.Jobs;

/// <summary>The one owner of a task's transitions; drawn in docs/state-machines.md.</summary>
internal static class TaskLife
{
    public static bool IsEnded(TaskState state) => state > TaskState.Running;

    public static bool May(TaskState from, TaskState to) => (from, to) switch
    {
        (TaskState.Waiting, TaskState.Running or TaskState.Skipped or TaskState.Cancelled) => true,
        (TaskState.Running, not TaskState.Running and not TaskState.Skipped) => true,
        (TaskState.Failed or TaskState.Skipped or TaskState.Cancelled, TaskState.Waiting) => true, // a person's retry
        _ => false,
    };

    public static TaskState Move(TaskState from, TaskState to) => May(from, to)
        ? to
        : throw new InvalidOperationException($"A task cannot go from {Names.Of(from)} to {Names.Of(to)}.");
}
