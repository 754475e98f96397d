using Amoeba.Jobs;

namespace Amoeba.Engine.Records;

/// <summary>A running Amoeba that owns jobs. It lives as long as its lock file is held.</summary>
internal sealed record ParentRecord(
    string Id, int Pid, string Boot, long StartTime, DateTimeOffset Started, string Version)
{
    /// <summary>The space of numbers in which its pid means something; empty where that is not known.</summary>
    public string Space { get; init; } = "";
}

/// <summary>
/// A child that is there; its row goes when it is gone. Busy or idle is told by the tasks that run on it.
/// </summary>
internal sealed record ChildRecord(
    string Id, string Job, string Parent, CellKind Cell, ChildState State, int? Pid, DateTimeOffset Started)
{
    /// <summary>
    /// What its attempt waits for that is no work of its own, such as a quota, or it itself for its start; null while
    /// it works.
    /// </summary>
    public string? WaitsFor { get; init; }

    /// <summary>The earliest moment at which it can go on; null where nobody knows, or it does not wait.</summary>
    public DateTimeOffset? WaitsUntil { get; init; }

    /// <summary>It is not there yet: what it waits for is its turn to be started.</summary>
    public bool IsToBeStarted => State == ChildState.Spawning && WaitsFor is not null;

    /// <summary>The limit that its attempt is near; null where it is near none.</summary>
    public string? Warning { get; init; }
}

/// <summary>Something a person has to allow before a job runs.</summary>
/// <param name="Id">Given by the engine, unique in the store.</param>
/// <param name="Job">The job that waits.</param>
/// <param name="Asks">`split`, `spending` or `both`.</param>
/// <param name="Hash">Hash of exactly what would run (SPEC 4.7).</param>
/// <param name="Created">When it was asked.</param>
/// <param name="Expires">When it is answered by itself; null is never. Bound when it is asked,
/// whatever is configured later.</param>
internal sealed record ApprovalRecord(
    string Id, string Job, string Asks, string Hash, DateTimeOffset Created, DateTimeOffset? Expires)
{
    /// <summary>The answer it then gets: `approve`, `sequential`, `deny` or `refuse`; null is deny.</summary>
    public string? ExpiresInto { get; init; }

    /// <summary>`approve`, `deny`, `refuse`, `expired`; null while it waits.</summary>
    public string? Answer { get; init; }

    /// <summary>Another number of children that was approved.</summary>
    public int? Children { get; init; }

    public DateTimeOffset? Answered { get; init; }

    public string? By { get; init; }
}

/// <summary>An entry of the append-only audit log; the store chains the hashes.</summary>
internal sealed record AuditRecord(DateTimeOffset At, string Who, string What, string? Job, string Why);

/// <summary>What another process asks of a job's owner, such as cancel; answered once.</summary>
/// <param name="Id">Given by the asker, unique in the store.</param>
/// <param name="Job">The job it is about.</param>
/// <param name="Kind">`cancel`, `pause`, `resume`, `width`, `retry`, `approve`, `deny`, `refuse`,
/// `stop_child`, `freeze`.</param>
/// <param name="Argument">
/// JSON that the kind defines: for answers <see cref="AnswerArgument"/>, for `width` and
/// `retry` a number; null is none.
/// </param>
/// <param name="By">Who asked.</param>
/// <param name="Created">When.</param>
internal sealed record RequestRecord(
    string Id, string Job, string Kind, string? Argument, string By, DateTimeOffset Created)
{
    /// <summary>`ok`, or the error for the asker; null while it waits.</summary>
    public string? Answer { get; init; }
}
