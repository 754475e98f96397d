namespace Amoeba.Machine;

/// <summary>What control groups this process may make, by folder; null where it may make none.</summary>
internal sealed record CgroupOffer
{
    public string? Memory { get; init; }

    public string? Cpu { get; init; }

    public string? Processes { get; init; }

    /// <summary>Of version 2, where a whole group is killed at once and its processor time is counted.</summary>
    public string? Unified { get; init; }

    /// <summary>This process has to move into a group of its own before others can be made beside it.</summary>
    public bool MovesUs { get; init; }

    /// <summary>Why there is not more, for the reader.</summary>
    public string? WhyNot { get; init; }

    /// <summary>"v1", "v2" or "v1, killed by v2"; null where there is none.</summary>
    public string? Version => (Memory ?? Cpu ?? Processes, Unified) switch
    {
        (null, null) => null,
        (null, _) => "v2",
        (_, null) => "v1",
        ({ } limits, { } unified) => limits == unified ? "v2" : "v1, killed by v2",
    };
}
