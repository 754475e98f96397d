namespace Amoeba.Machine;

/// <summary>What this machine can do for children; <c>doctor</c> shows it.</summary>
internal sealed record MachineSummary
{
    public required string Kernel { get; init; }

    /// <summary>Changes with every boot; with pid and start time it names a process for good.</summary>
    public string? BootId { get; init; }

    /// <summary>"v1", "v2", "v1 and v2" or "none".</summary>
    public required string Cgroups { get; init; }

    /// <summary>Which groups may be made; what has none is watched.</summary>
    public required CgroupOffer Groups { get; init; }

    /// <summary>Ends are told by the kernel at once; else they are looked for every 10 ms.</summary>
    public bool HasPidfd { get; init; }

    /// <summary>Orphans of our programs come back to us.</summary>
    public bool HasSubreaper { get; init; }

    /// <summary>The kernel lists a process's children; else every process is looked at.</summary>
    public bool HasChildLists { get; init; }

    /// <summary>Pressure stall information can be read.</summary>
    public bool HasPressure { get; init; }

    /// <summary>We run in a container's own numbering of processes.</summary>
    public bool IsInPidNamespace { get; init; }
}
