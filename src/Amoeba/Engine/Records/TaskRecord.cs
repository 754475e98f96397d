using Amoeba.Jobs;

namespace Amoeba.Engine.Records;

/// <summary>
/// A task's row. Tasks are numbered over the whole job in plan order by their first item (<see cref="Ordinal"/>); a
/// task without items takes one number. A task has no row before it was claimed or has something to say.
/// </summary>
internal sealed record TaskRecord
{
    public required string Job { get; init; }

    public required int Ordinal { get; init; }

    /// <summary>Items in it: 1, or up to `batch`.</summary>
    public int Items { get; init; } = 1;

    public required TaskState State { get; init; }

    /// <summary>Number of its newest attempt, 0 before the first. A result counts only with this number.</summary>
    public required int Attempt { get; init; }

    /// <summary>Attempts that failed and count against its retries.</summary>
    public int Failures { get; init; }

    /// <summary>Losses in a row (its parent died) with no recorded progress of its job in between.</summary>
    public int Losses { get; init; }

    /// <summary>The job's <see cref="JobStatusRecord.Progress"/> at its last loss.</summary>
    public long LossProgress { get; init; }

    /// <summary>Not to be started before; null is at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Finished { get; init; }

    /// <summary>The child of its newest attempt.</summary>
    public string? Child { get; init; }

    /// <summary>What went wrong, for a person, with the end of its standard error; null where nothing did.</summary>
    public string? Error { get; init; }

    public OutputRef Output { get; init; } = OutputRef.None;

    /// <summary>What its newest attempt cost; null before it ended.</summary>
    public AttemptFigures? Figures { get; init; }

    /// <summary>The attempts before its newest, as many as are kept, oldest first.</summary>
    public IReadOnlyList<EarlierAttempt> Earlier { get; init; } = [];
}

/// <summary>What one attempt cost. Durations in seconds, sizes in bytes; null is not measured.</summary>
internal sealed record AttemptFigures
{
    public double Spawn { get; init; }

    public double Execution { get; init; }

    public double Teardown { get; init; }

    public long? PeakMemory { get; init; }

    public double? CpuSeconds { get; init; }

    public long OutputBytes { get; init; }

    public TokenCounts Tokens { get; init; }

    public decimal CostUsd { get; init; }

    /// <summary>The tool of the chain that gave the result, and why those before it fell; null for the first.</summary>
    public string? Tool { get; init; }

    /// <summary>What is to be known of the result; null for most.</summary>
    public string? Note { get; init; }

    /// <summary>The earlier job whose result it is; null for a result of its own.</summary>
    public string? Reused { get; init; }
}
