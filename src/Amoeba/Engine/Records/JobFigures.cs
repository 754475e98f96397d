using Amoeba.Jobs;

namespace Amoeba.Engine.Records;

/// <summary>What an ended job came to: its row without what it was asked and what was decided.</summary>
/// <param name="Type">What learning is keyed by.</param>
/// <param name="State">How it ended.</param>
/// <param name="Finished">When.</param>
/// <param name="Counts">Its tasks.</param>
internal readonly record struct JobFigures(string Type, JobState State, DateTimeOffset Finished, TaskCounts Counts)
{
    /// <summary>Seconds it ran, without waits for a person and interruptions.</summary>
    public double ActiveSeconds { get; init; }

    /// <summary>Sum of what its tasks took, in seconds.</summary>
    public double TaskSeconds { get; init; }

    public TokenCounts Tokens { get; init; }

    public decimal CostUsd { get; init; }

    public int Reused { get; init; }

    public int Retries { get; init; }
}
