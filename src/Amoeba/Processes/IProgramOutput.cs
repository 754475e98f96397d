namespace Amoeba.Processes;

internal enum ProgramStream
{
    Stdout = 1,
    Stderr = 2,
}

/// <summary>
/// Receives what one program writes and its end. All calls come one after another from the one thread that serves
/// every program, so they must be quick and never wait for another program.
/// </summary>
internal interface IProgramOutput
{
    /// <summary>
    /// Bytes the program wrote; the span is only valid during the call. False: no more is wanted, and the program's
    /// tree is killed (<see cref="ProgramExit.OutputRefused"/> is set in its end).
    /// </summary>
    bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes);

    /// <summary>Called once, last, when the program has ended, its output is read and its tree is gone.</summary>
    void OnExit(ProgramExit exit);
}

/// <summary>How a program ended.</summary>
internal sealed record ProgramExit
{
    /// <summary>
    /// The code it ended with; null when a signal ended it, or when other code of this process reaped it.
    /// </summary>
    public int? Code { get; init; }

    /// <summary>The signal that ended it; null when it ended by itself.</summary>
    public int? Signal { get; init; }

    /// <summary>
    /// User and system time of the program, of those of its children that it waited for, and of its orphans.
    /// </summary>
    public TimeSpan CpuTime { get; init; }

    /// <summary>
    /// The most memory seen in use, in bytes. Null when it ended too early to be measured: the kernel's own figure
    /// counts the memory of whoever started it, and says nothing below that.
    /// </summary>
    public long? PeakMemory { get; init; }

    /// <summary>Its output was refused by <see cref="IProgramOutput.OnOutput"/>, which is why it was killed.</summary>
    public bool OutputRefused { get; init; }

    /// <summary>
    /// Processes of its tree that were still running when it ended, and were killed for it; their own children, killed
    /// with them, may not be counted.
    /// </summary>
    public int LeftBehind { get; init; }

    /// <summary>Of those, how many did not go away in time (a kernel call that does not return).</summary>
    public int Unkillable { get; init; }

    public bool Succeeded => Code == 0;

    /// <summary>"exit code 3" or "signal 9 (KILL)".</summary>
    public string Describe() => (Code, Signal) switch
    {
        ({ } code, _) => $"exit code {code}",
        (_, { } signal) => $"signal {signal} ({Signals.NameOf(signal)})",
        _ => "an end whose status other code of this process took",
    };
}
