using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Terminal;

/// <summary>What a progress display shows at one moment.</summary>
internal sealed record ProgressState
{
    public required string Job { get; init; }

    public required string Name { get; init; }

    public required JobState State { get; init; }

    public required TaskCounts Counts { get; init; }

    /// <summary>Of those that succeeded, the ones whose results are an earlier job's.</summary>
    public int Reused { get; init; }

    /// <summary>What holds it back, for a person; null where nothing does.</summary>
    public string? HeldBack { get; init; }

    /// <summary>Children at once that were decided.</summary>
    public required int Width { get; init; }

    /// <summary>Seconds the job has run.</summary>
    public required double Seconds { get; init; }

    /// <summary>Tasks that ended per second of late; null before it is known.</summary>
    public double? Rate { get; init; }

    /// <summary>Seconds to go; null before it is known.</summary>
    public double? Left { get; init; }

    /// <summary>Tokens and money so far, with the budget; null is nothing of either.</summary>
    public Usage? Usage { get; init; }

    /// <summary>Children that wait for something that is no work of their own.</summary>
    public IReadOnlyList<WaitView> Waits { get; init; } = [];

    /// <summary>Those that work, the longest-running first.</summary>
    public IReadOnlyList<RunningTask> Running { get; init; } = [];
}

/// <summary>A task that runs, and on which child.</summary>
internal sealed record RunningTask(string Child, string Task, string Item, double Seconds);
