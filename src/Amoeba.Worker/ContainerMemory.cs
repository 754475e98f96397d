using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Worker;

/// <summary>
/// The memory of the container that this worker is the first process of. What grows faster than it can be watched meets
/// the container's own line, where the kernel kills one of its processes: that is to be told as what it was.
/// </summary>
internal sealed class ContainerMemory
{
    // Control groups of version 2, and of version 1.
    private static readonly Files[] Places =
    [
        new("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory.peak", "/sys/fs/cgroup/memory.stat"),
        new("/sys/fs/cgroup/memory/memory.oom_control",
            "/sys/fs/cgroup/memory/memory.max_usage_in_bytes", "/sys/fs/cgroup/memory/memory.stat"),
    ];

    private readonly Files _files;

    private ContainerMemory(Files files) => _files = files;

    /// <summary>Null where the container does not show its group.</summary>
    public static ContainerMemory? Find()
    {
        var files = Places.FirstOrDefault(files => File.Exists(files.Kills));
        return files is null ? null : new ContainerMemory(files);
    }

    /// <summary>
    /// Bytes in use that the kernel cannot take back by itself: of processes, and of files in memory.
    /// </summary>
    public long Held() =>
        File.Exists(_files.Stat)
            ? Value(_files.Stat, "anon") + Value(_files.Stat, "rss") + Value(_files.Stat, "shmem")
            : 0;

    /// <summary>How often the kernel killed one of its processes.</summary>
    public long Kills() => Value(_files.Kills, "oom_kill");

    /// <summary>What came of a call of which the kernel has killed something.</summary>
    public ToolOutcome Explain(in ToolOutcome outcome, long limit)
    {
        if (outcome.End is AttemptEnd.Succeeded or AttemptEnd.OverLimit) return outcome;
        // What the tree has together counts shared memory several times; the kernel does not.
        var peak = Peak() is > 0 and var seen ? seen : outcome.PeakMemory ?? 0;
        var (used, line) = MemoryWords.Pair(peak, limit);
        return outcome with
        {
            End = AttemptEnd.OverLimit,
            Error =
                $"memory: it used {used} together with its worker, where the kernel ended it, "
                    + $"over its limit of {line} (limits.memory)",
            CutBefore = null,
            PeakMemory = peak,
        };
    }

    private static long Value(string file, string name)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.AsSpan(name.Length).StartsWith(" "))
                return Number(line[name.Length..]);
        }

        return 0;
    }

    private long Peak() => File.Exists(_files.Peak) ? Number(File.ReadAllText(_files.Peak)) : 0;

    private static long Number(string text) =>
        long.TryParse(text.AsSpan().Trim(), CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <param name="Kills">The counter of kills.</param>
    /// <param name="Peak">The most that was in use.</param>
    /// <param name="Stat">What is in use, by its kind.</param>
    private sealed record Files(string Kills, string Peak, string Stat);
}
