namespace Amoeba.Jobs;

/// <summary>The words that plans, the store and every face use for states, priorities and cells.</summary>
public static class Names
{
    /// <summary>The word for a job's state, such as <c>awaiting_approval</c>.</summary>
    public static string Of(JobState state) => state switch
    {
        JobState.Queued => "queued",
        JobState.AwaitingApproval => "awaiting_approval",
        JobState.Running => "running",
        JobState.Paused => "paused",
        JobState.Succeeded => "succeeded",
        JobState.Failed => "failed",
        JobState.Cancelled => "cancelled",
        JobState.Interrupted => "interrupted",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>The word for a task's state.</summary>
    public static string Of(TaskState state) => state switch
    {
        TaskState.Waiting => "waiting",
        TaskState.Running => "running",
        TaskState.Succeeded => "succeeded",
        TaskState.Failed => "failed",
        TaskState.Skipped => "skipped",
        TaskState.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>The word for a child's state.</summary>
    public static string Of(ChildState state) => state switch
    {
        ChildState.Spawning => "spawning",
        ChildState.Ready => "ready",
        ChildState.Busy => "busy",
        ChildState.Idle => "idle",
        ChildState.Draining => "draining",
        ChildState.Destroying => "destroying",
        ChildState.Gone => "gone",
        ChildState.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>The word for a priority.</summary>
    public static string Of(Priority priority) => priority switch
    {
        Priority.Critical => "critical",
        Priority.High => "high",
        Priority.Medium => "medium",
        Priority.Low => "low",
        _ => throw new ArgumentOutOfRangeException(nameof(priority)),
    };

    /// <summary>The word for what is paced together, as in the names of its caps.</summary>
    internal static string Of(PacedKind kind) => kind == PacedKind.Docker ? "docker" : "heavy";

    /// <summary>The word for a degree of isolation.</summary>
    internal static string Of(Isolation isolation) => isolation switch
    {
        Isolation.None => "none",
        Isolation.Process => "process",
        Isolation.Container => "container",
        _ => throw new ArgumentOutOfRangeException(nameof(isolation)),
    };

    /// <summary>The word for a kind of cell.</summary>
    public static string Of(CellKind cell) => cell switch
    {
        CellKind.Auto => "auto",
        CellKind.Thread => "thread",
        CellKind.Process => "process",
        CellKind.Detached => "detached",
        CellKind.Docker => "docker",
        CellKind.Node => "node",
        _ => throw new ArgumentOutOfRangeException(nameof(cell)),
    };
}
