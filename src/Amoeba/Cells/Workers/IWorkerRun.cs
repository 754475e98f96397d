using Amoeba.Processes;

namespace Amoeba.Cells.Workers;

/// <summary>A worker that was started, wherever it is. Safe from any thread.</summary>
internal interface IWorkerRun
{
    /// <summary>The process of this machine that it is, or that stands for it.</summary>
    int? Pid { get; }

    /// <summary>How it ended, in words, once its whole tree is gone. Never fails.</summary>
    Task<string> Completion { get; }

    /// <summary>
    /// Known once it has ended: it could not be made, because the machine lacks what it needs.
    /// </summary>
    bool IsLack => false;

    /// <summary>Ends it with its whole tree, now. Returns at once; its end follows.</summary>
    void Kill();
}

/// <summary>A worker that runs, or why it could not be started. Exactly one of the two is set.</summary>
internal readonly record struct WorkerStart(IWorkerRun? Run, string? Failure)
{
    /// <summary>The machine lacks what it needs.</summary>
    public bool IsLack { get; init; }
}

/// <summary>How a program ended, for a person.</summary>
internal static class WorkerEnds
{
    public static string OfSignal(int signal) => $"signal {Signals.NameOf(signal)} ({signal})";

    public static string Words(ProgramExit exit, string complaints)
    {
        var how = exit switch
        {
            { Code: { } code } => $"exit {code}",
            { Signal: { } signal } => OfSignal(signal),
            _ => "end unknown",
        };
        return complaints.Length > 0 ? $"{how}: {complaints}" : how;
    }
}
