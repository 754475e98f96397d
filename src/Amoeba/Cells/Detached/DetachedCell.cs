using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Processes;

namespace Amoeba.Cells.Detached;

/// <summary>What a detached cell is told once.</summary>
internal sealed record DetachedCellOptions
{
    /// <summary>What a parent without a home says; its face adds what to do about it.</summary>
    public const string InMemory = "it keeps its children's state on disk, and this parent keeps everything in memory";

    public required string Parent { get; init; }

    /// <summary>Where the attempts' folders are; null where nothing outlives the parent.</summary>
    public required string? Root { get; init; }

    /// <summary>NAME=VALUE that every worker gets; secrets are not among them.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Where workers make groups for the trees of their tasks; null lets them watch alone.</summary>
    public TreeGroups? Groups { get; init; }

    public WorkerProgram? Worker { get; init; } = WorkerProgram.Find();

    /// <summary>What is said where there is no worker.</summary>
    public string NoWorker { get; init; } = WorkerProgram.NotThere;

    /// <summary>What is said where there is no root.</summary>
    public string NoHome { get; init; } = InMemory;

    /// <summary>Between two signs of life; three missed ones are the end.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the start of a worker to its claim.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How what is left of an attempt is ended, and whether nothing of it is left then.</summary>
    public Func<ForeignTree, TimeProvider, Task<bool>> EndTree { get; init; } =
        static (tree, time) => tree.EndAsync(time, CancellationToken.None);

    /// <summary>Between two looks at what a worker wrote.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromMilliseconds(50);
}

/// <summary>
/// Children whose attempts outlive this parent: each tool of a task is a process of its
/// own, and all it says is on disk.
/// </summary>
internal sealed class DetachedCell(AttemptRunner runner, ProgramLauncher launcher, DetachedCellOptions options) : ICell
{
    public CellKind Kind => CellKind.Detached;

    internal AttemptRunner Runner => runner;

    internal ProgramLauncher Launcher => launcher;

    internal DetachedCellOptions Options => options;

    public string? Missing() =>
        options.Root is null ? options.NoHome
        : options.Worker is { } worker ? worker.Lacks()
        : options.NoWorker;

    public IChild Spawn(ChildSpec spec, IChildEvents events)
    {
        var child = new DetachedChild(this, spec, events);
        events.Ready(spec.Id, pid: null);
        return child;
    }
}
