using Amoeba.Jobs;

namespace Amoeba.Engine.Records;

/// <summary>What never changes of an accepted job.</summary>
internal sealed record JobRecord
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Type { get; init; }

    /// <summary>The canonical plan after variables, without its items, which are in the spool.</summary>
    public required string PlanJson { get; init; }

    /// <summary>What the request asked beside the plan (wishes, autonomy, listed variables' names), as JSON.</summary>
    public required string OptionsJson { get; init; }

    /// <summary>Where `run` was called; relative paths are its.</summary>
    public required string Folder { get; init; }

    /// <summary>The stages with their counts and the hashes of their spools, in plan order, as JSON.</summary>
    public required string StagesJson { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Seeds every chance that is taken for this job, so that a restart decides alike.</summary>
    public required long Seed { get; init; }

    public Priority Priority { get; init; } = Priority.Medium;

    public string Branch { get; init; } = "main";

    /// <summary>
    /// The job whose task asked for this one, with that task and the number of the call; null at the root.
    /// </summary>
    public string? ParentJob { get; init; }

    public int? ParentTask { get; init; }

    public int? CallNumber { get; init; }

    public int Depth { get; init; }
}

/// <summary>How many of a job's tasks are in which state; the merge's own task is not counted.</summary>
internal readonly record struct TaskCounts(
    int Total, int Running, int Succeeded, int Failed, int Skipped, int Cancelled)
{
    public int Ended => Succeeded + Failed + Skipped + Cancelled;

    /// <summary>Neither running nor ended.</summary>
    public int Waiting => Total - Running - Ended;
}

/// <summary>What changes while a job lives; written whole with every commit that touches it.</summary>
internal sealed record JobStatusRecord
{
    /// <summary>What the reason of a job begins with that stopped because the machine lacks something.</summary>
    public const string StoppedByLack = "stopped, something is missing: ";

    public required JobState State { get; init; }

    /// <summary>Why it is in this state, for a person; null where the state says all.</summary>
    public string? Reason { get; init; }

    /// <summary>It is interrupted, because the machine lacks what its children need.</summary>
    public bool IsStoppedByLack => State == JobState.Interrupted
        && Reason?.StartsWith(StoppedByLack, StringComparison.Ordinal) == true;

    public string? DecisionJson { get; init; }

    /// <summary>Children at once that were decided, or that a person set since.</summary>
    public int Width { get; init; }

    public TaskCounts Counts { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Finished { get; init; }

    /// <summary>Seconds it ran in earlier stretches (before a pause, an interruption, a wait for a person).</summary>
    public double ActiveSeconds { get; init; }

    /// <summary>When the present stretch began; null while it does not run.</summary>
    public DateTimeOffset? ActiveSince { get; init; }

    /// <summary>Sum of what its tasks took, in seconds: what one by one would have cost.</summary>
    public double TaskSeconds { get; init; }

    public TokenCounts Tokens { get; init; }

    public decimal CostUsd { get; init; }

    /// <summary>Of the tasks that succeeded, those whose results are an earlier job's.</summary>
    public int Reused { get; init; }

    /// <summary>Attempts that failed and were followed by others.</summary>
    public int Retries { get; init; }

    /// <summary>What its attempts cost together, failed ones too.</summary>
    public ChildUse Used { get; init; }

    /// <summary>The merged output; <see cref="OutputRef.None"/> before it is there.</summary>
    public OutputRef Output { get; init; } = OutputRef.None;

    /// <summary>
    /// Why whole stages were skipped, as a JSON object from stage id to reason; null is none. Tasks of such a stage
    /// that have no row are skipped; in a cancelled job, tasks without a row are cancelled; otherwise they wait.
    /// </summary>
    public string? SkippedJson { get; init; }

    /// <summary>
    /// A budget that a person gave in place of the plan's, as `--budget` takes it; null is the plan's.
    /// </summary>
    public string? Budget { get; init; }

    /// <summary>
    /// When the last result was recorded, as a count of accepted results; losses in a row are counted against it.
    /// </summary>
    public long Progress { get; init; }
}

/// <summary>Tokens of models.</summary>
/// <param name="Input">Read, without those that the server had read before.</param>
/// <param name="Output">Written, thinking included.</param>
/// <param name="Cached">Read, and already known to the server.</param>
/// <param name="Reasoning">Of the output, what was thinking.</param>
internal readonly record struct TokenCounts(long Input, long Output, long Cached, long Reasoning = 0)
{
    public static TokenCounts operator +(TokenCounts a, TokenCounts b) =>
        new(a.Input + b.Input, a.Output + b.Output, a.Cached + b.Cached, a.Reasoning + b.Reasoning);
}

/// <summary>A job as readers see it: what never changes, what does, and who owns it.</summary>
/// <param name="Record">What never changes.</param>
/// <param name="Status">What does.</param>
/// <param name="Owner">Id of the parent that owns it; null where none does.</param>
/// <param name="Epoch">How often it changed hands; fences writes of earlier owners.</param>
/// <param name="Rev">Number of the commit that last wrote it.</param>
internal sealed record StoredJob(JobRecord Record, JobStatusRecord Status, string? Owner, long Epoch, long Rev)
{
    public string Id => Record.Id;
}
