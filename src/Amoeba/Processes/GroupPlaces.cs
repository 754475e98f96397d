namespace Amoeba.Processes;

/// <summary>
/// Folders of the kernel's control groups in which groups for trees may be made; null where none may.
/// </summary>
internal sealed record GroupPlaces
{
    public static GroupPlaces None { get; } = new();

    public string? Memory { get; init; }

    public string? Cpu { get; init; }

    public string? Processes { get; init; }

    /// <summary>Of version 2: there a whole tree is killed at once, and its processor time is counted.</summary>
    public string? Unified { get; init; }

    /// <summary>
    /// Groups of version 2 with limits need a parent group that holds no processes itself: before the first of them we
    /// move, with what we started, into a group of our own below it.
    /// </summary>
    public bool MovesUs { get; init; }

    /// <summary>Groups of version 2 hold the limits, whose controllers have to be enabled above them.</summary>
    public bool LimitsByV2 => Unified is not null && Memory == Unified;

    /// <summary>Each folder once.</summary>
    public IEnumerable<string> Folders =>
        new[] { Unified, Memory, Cpu, Processes }.Where(static folder => folder is not null).Distinct()!;
}
