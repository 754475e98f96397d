using System.Globalization;

namespace Amoeba.Processes;

/// <summary>Lines at which a running tree is ended; null is no line.</summary>
/// <param name="MemoryBytes">Memory of all its processes together.</param>
/// <param name="Processes">How many there may be at once, the program itself included.</param>
internal sealed record TreeLimits(long? MemoryBytes, int? Processes)
{
    /// <summary>
    /// Processors that all its processes together may use, on average over <see cref="CpuMeter.Window"/>.
    /// </summary>
    public double? Cpu { get; init; }

    /// <summary>
    /// Files that each process may have open at once. The kernel holds them to it, who started the program told it so;
    /// a tree is warned of it, and never ended.
    /// </summary>
    public int? Files { get; init; }
}

internal enum LimitKind
{
    Memory,
    Processes,
    Cpu,
    Files,
}

/// <summary>A tree that passed its line.</summary>
/// <param name="Kind">Which line.</param>
/// <param name="Limit">Where it lies: bytes, processes, files, or thousandths of a processor.</param>
/// <param name="Seen">What was measured, in the same unit.</param>
internal sealed record LimitBreach(LimitKind Kind, long Limit, long Seen)
{
    /// <summary>
    /// The kernel refused it more than the limit, and ended a process of the tree or refused to make one.
    /// </summary>
    public bool ByKernel { get; init; }

    /// <summary>Of processor time: in what time it was used.</summary>
    public TimeSpan Over { get; init; } = CpuMeter.Window;

    private (string Seen, string Limit) Sizes => MemoryWords.Pair(Seen, Limit);

    /// <summary>Of a line that is near: how much of it is used.</summary>
    public string DescribeNear() => Kind switch
    {
        LimitKind.Memory => $"{Sizes.Seen} of {Sizes.Limit} are used",
        LimitKind.Cpu => string.Create(CultureInfo.InvariantCulture,
            $"{Seen / 1000.0:0.##} processors on average over {Over.TotalSeconds:0.#} s, "
                + $"and {Limit / 1000.0:0.##} over {CpuMeter.Window.Seconds} s are allowed"),
        LimitKind.Files => $"{Seen} of {Limit} are open in one process",
        _ => $"{Seen} of {Limit} are there at once",
    };

    public string Describe() => Kind switch
    {
        LimitKind.Memory when ByKernel =>
            $"wanted more than its limit of {Sizes.Limit} of memory, used {Sizes.Seen}, and the kernel killed it",
        LimitKind.Memory => $"used {Sizes.Seen} of memory, over its limit of {Sizes.Limit}",
        LimitKind.Cpu => string.Create(CultureInfo.InvariantCulture,
            $"used {Seen / 1000.0:0.##} processors on average over {CpuMeter.Window.Seconds} s, "
                + $"over its limit of {Limit / 1000.0:0.##}"),
        LimitKind.Files => $"had {Seen} of {Limit} open, and the kernel refused it more",
        LimitKind.Processes when ByKernel => string.Create(CultureInfo.InvariantCulture,
            $"wanted more than {Seen} processes and threads at once, far over its limit of {Limit}, "
                + $"and the kernel refused it"),
        _ => string.Create(CultureInfo.InvariantCulture, $"had {Seen} processes at once, over its limit of {Limit}"),
    };
}

/// <summary>What a tree used, as far as its limiter knows better than the kernel's word at the program's end.</summary>
internal readonly record struct TreeUse(LimitBreach? Breach, long? PeakMemory, TimeSpan? CpuTime);

/// <summary>One tree that is held to its limits; disposing lets it go.</summary>
internal interface ITreeHold : IDisposable
{
    /// <summary>After the program's end: the breach that ended it, if one did, and what is known of its use.</summary>
    TreeUse Settle();
}

/// <summary>A way to hold running trees to their limits: by watching, or by the kernel's own means.</summary>
internal interface ITreeLimiter
{
    string Name { get; }

    /// <summary>
    /// Tells a breach once, from a thread of its own; ending the tree is the caller's. Disposing the result stops it,
    /// and so does the program's end.
    /// </summary>
    /// <param name="program">The root of the tree.</param>
    /// <param name="limits">Its lines.</param>
    /// <param name="onBreach">Told of the line that was passed.</param>
    /// <param name="onNear">Told once of each line that is near, where that is seen before it is passed.</param>
    ITreeHold Watch(
        RunningProgram program, TreeLimits limits, Action<LimitBreach> onBreach, Action<LimitBreach>? onNear = null);
}
