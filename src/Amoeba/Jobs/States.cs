namespace Amoeba.Jobs;

/// <summary>The states of a job. <see cref="JobLife"/> owns the transitions.</summary>
public enum JobState
{
    /// <summary>Accepted; its items are spooled and it waits for its owner to decide and start it.</summary>
    Queued,

    /// <summary>Decided; a person has to allow the split, the spending, or both.</summary>
    AwaitingApproval,

    /// <summary>Its tasks run.</summary>
    Running,

    /// <summary>A person paused it: nothing new starts.</summary>
    Paused,

    /// <summary>Every task and the merge succeeded.</summary>
    Succeeded,

    /// <summary>Ended with failed tasks.</summary>
    Failed,

    /// <summary>A person ended or refused it.</summary>
    Cancelled,

    /// <summary>Its owner is gone; it can be resumed.</summary>
    Interrupted,
}

/// <summary>The states of a task. <see cref="TaskLife"/> owns the transitions.</summary>
public enum TaskState
{
    /// <summary>Not started, or waiting for its next attempt.</summary>
    Waiting,

    /// <summary>An attempt is recorded as started.</summary>
    Running,

    /// <summary>An attempt's result was accepted.</summary>
    Succeeded,

    /// <summary>Its retries are spent, or its outcome is unknown and it may not run again by itself.</summary>
    Failed,

    /// <summary>Something it needs failed, so it never ran.</summary>
    Skipped,

    /// <summary>Its job was cancelled before it ended.</summary>
    Cancelled,
}

/// <summary>The states of a child. <see cref="ChildLife"/> owns the transitions.</summary>
public enum ChildState
{
    /// <summary>Its cell is being made.</summary>
    Spawning,

    /// <summary>It said hello and never worked yet.</summary>
    Ready,

    /// <summary>It works on an attempt.</summary>
    Busy,

    /// <summary>It waits for its next attempt.</summary>
    Idle,

    /// <summary>It ends its current attempt and takes no other.</summary>
    Draining,

    /// <summary>Its cell is being taken down.</summary>
    Destroying,

    /// <summary>Nothing of it is left.</summary>
    Gone,

    /// <summary>It died or never came up.</summary>
    Failed,
}

/// <summary>How urgent a task is.</summary>
public enum Priority
{
    /// <summary>Before everything else.</summary>
    Critical,

    /// <summary>Before ordinary work.</summary>
    High,

    /// <summary>Ordinary work.</summary>
    Medium,

    /// <summary>When there is room.</summary>
    Low,
}

/// <summary>How far what a task runs is kept apart from the parent; a cell that gives more will do.</summary>
public enum Isolation
{
    /// <summary>
    /// As the lightest cell has it: programs are processes of their own, with the parent's user and its files.
    /// </summary>
    None,

    /// <summary>
    /// Nothing of the task in the parent's process, and no way from its programs to the parent's environment.
    /// </summary>
    Process,

    /// <summary>A container: its own root, no network unless the tool needs it, no rights.</summary>
    Container,
}

/// <summary>Where a child lives.</summary>
public enum CellKind
{
    /// <summary>The lightest kind that meets the task's isolation, limits and permissions.</summary>
    Auto,

    /// <summary>In the parent's process.</summary>
    Thread,

    /// <summary>A supervised child process.</summary>
    Process,

    /// <summary>A process in its own session that survives the parent.</summary>
    Detached,

    /// <summary>A container.</summary>
    Docker,

    /// <summary>On another machine.</summary>
    Node,
}
