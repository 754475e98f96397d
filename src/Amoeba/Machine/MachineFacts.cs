namespace Amoeba.Machine;

/// <summary>The machine at one moment; where a cgroup limits us, that is the machine's size.</summary>
internal sealed record MachineFacts
{
    /// <summary>Processors we may use; a quota may make it a fraction, such as 1.5.</summary>
    public required double Cpus { get; init; }

    /// <summary>Share of these in use since the reading before, 0 to 1; null at the first reading.</summary>
    public double? CpuUse { get; init; }

    /// <summary>Bytes of memory there are for us.</summary>
    public required long MemoryTotal { get; init; }

    /// <summary>Bytes that can be had without swapping or ending anything.</summary>
    public required long MemoryAvailable { get; init; }

    /// <summary>Share of memory in use, 0 to 1.</summary>
    public double MemoryUse => MemoryTotal == 0 ? 0 : 1 - ((double)MemoryAvailable / MemoryTotal);

    /// <summary>Processes that ran or wanted to, averaged over a minute; null where it cannot be read.</summary>
    public double? Load { get; init; }

    /// <summary>
    /// Percent of the last 10 s in which something waited for a processor (PSI); null where it cannot be read.
    /// </summary>
    public double? CpuPressure { get; init; }

    /// <summary>
    /// Percent of the last 10 s in which something waited for memory (PSI); null where it cannot be read.
    /// </summary>
    public double? MemoryPressure { get; init; }

    /// <summary>Bytes we may still write where the asked folder lies; null where that cannot be told.</summary>
    public long? DiskFree { get; init; }
}
