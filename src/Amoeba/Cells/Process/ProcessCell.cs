using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Processes;

namespace Amoeba.Cells.Process;

/// <summary>What a process cell is told once.</summary>
internal sealed record ProcessCellOptions
{
    public required string Parent { get; init; }

    /// <summary>NAME=VALUE that every worker gets; secrets are not among them.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    public WorkerProgram? Worker { get; init; } = WorkerProgram.Find();

    /// <summary>Between two signs of life; three missed ones are the end.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the start of a worker to its hello.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Children in worker processes, each the root of a tree that ends with it and with the parent.</summary>
internal sealed class ProcessCell(AttemptRunner runner, ProgramLauncher launcher, ProcessCellOptions options) : ICell, IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<ProcessChild> _children = [];
    private ITimer? _beats;

    public CellKind Kind => CellKind.Process;

    internal AttemptRunner Runner => runner;

    internal ProgramLauncher Launcher => launcher;

    internal ProcessCellOptions Options => options;

    public string? Missing() => options.Worker is null ? WorkerProgram.NotThere : null;

    public IChild Spawn(ChildSpec spec, IChildEvents events)
    {
        var child = new ProcessChild(this, spec, events);
        lock (_gate)
        {
            _children.Add(child);
            _beats ??= runner.Time.CreateTimer(_ => CheckBeats(), null, options.Beat, options.Beat);
        }

        ThreadPool.UnsafeQueueUserWorkItem(static child => child.Launch(), child, preferLocal: false);
        return child;
    }

    public void Dispose()
    {
        lock (_gate) _beats?.Dispose();
    }

    internal void Forget(ProcessChild child)
    {
        lock (_gate)
        {
            _children.Remove(child);
            if (_children.Count > 0) return;
            _beats?.Dispose();
            _beats = null;
        }
    }

    /// <summary>
    /// Counts looks, not seconds: when this whole process stood still, such as in a machine that slept, one look is
    /// missed and not a thousand.
    /// </summary>
    private void CheckBeats()
    {
        ProcessChild[] children;
        lock (_gate) children = [.. _children];
        foreach (var child in children) child.CheckBeat(Protocol.BeatsMissed);
    }
}
