namespace Amoeba.Processes;

/// <summary>Lines at which a running tree is ended; null is no line.</summary>
/// <param name="MemoryBytes">Memory of all its processes together.</param>
/// <param name="Processes">How many there may be at once, the program itself included.</param>
internal sealed record TreeLimits(long? MemoryBytes, int? Processes);

internal enum LimitKind
{
    Memory,
    Processes,
}

/// <summary>A tree that passed its line.</summary>
internal sealed record LimitBreach(LimitKind Kind, long Limit, long Seen)
{
    public string Describe() => Kind == LimitKind.Memory
        ? FormattableString.Invariant($"used {Seen >> 20} MiB of memory, over its limit of {Limit >> 20} MiB")
        : FormattableString.Invariant($"had {Seen} processes at once, over its limit of {Limit}");
}

/// <summary>A way to hold running trees to their limits: by watching, or by the kernel's own means.</summary>
internal interface ITreeLimiter
{
    string Name { get; }

    /// <summary>
    /// Tells a breach once, from a thread of its own; ending the tree is the caller's. Disposing the result stops it,
    /// and so does the program's end.
    /// </summary>
    IDisposable Watch(RunningProgram program, TreeLimits limits, Action<LimitBreach> onBreach);
}
