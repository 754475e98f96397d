namespace Amoeba.Simulating;

/// <summary>What playing a job in virtual time showed.</summary>
/// <param name="Children">Children at once.</param>
/// <param name="MakespanSeconds">From the first start to the last end.</param>
/// <param name="SequentialSeconds">The same tasks one after the other.</param>
/// <param name="CostUsd">Money.</param>
/// <param name="PeakMemoryBytes">Most memory that was expected to be in use at once.</param>
/// <param name="Timeline">What ran when; at most <see cref="MostSpans"/> spans.</param>
internal sealed record SimulatedRun(
    int Children, double MakespanSeconds, double SequentialSeconds, decimal CostUsd, long PeakMemoryBytes,
    IReadOnlyList<SimulatedSpan> Timeline)
{
    /// <summary>Spans that are kept; later ones are only counted in.</summary>
    public const int MostSpans = 10_000;

    /// <summary>Most tasks that were at work at one time.</summary>
    public int MostAtOnce { get; init; }

    /// <summary>Some attempt did not succeed: it was longer than its limit.</summary>
    public bool AnyFailed { get; init; }

    /// <summary>Why it stopped before its end, such as at its budget; null where all of it was played.</summary>
    public string? Stopped { get; init; }

    /// <summary>Attempts that ended.</summary>
    public int Ended { get; init; }
}

/// <summary>One task on one child.</summary>
internal readonly record struct SimulatedSpan(int Ordinal, string Child, double Start, double End);
