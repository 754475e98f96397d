using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Processes;

namespace Amoeba.Cells.Process;

/// <summary>What a process cell is told once.</summary>
internal sealed record ProcessCellOptions : WorkerCellOptions
{
    /// <summary>NAME=VALUE that every worker gets; secrets are not among them.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Where workers make groups for the trees of their tasks; null lets them watch alone.</summary>
    public TreeGroups? Groups { get; init; }

    public WorkerProgram? Worker { get; init; } = WorkerProgram.Find();

    /// <summary>What is said where there is no worker.</summary>
    public string NoWorker { get; init; } = WorkerProgram.NotThere;
}

/// <summary>Children in worker processes, each the root of a tree that ends with it and with the parent.</summary>
internal sealed class ProcessCell(AttemptRunner runner, ProgramLauncher launcher, ProcessCellOptions options)
    : WorkerCell(runner, options)
{
    public override CellKind Kind => CellKind.Process;

    public override string? Missing() => options.Worker is { } worker ? worker.Lacks() : options.NoWorker;

    internal override WorkerStart Start(ChildSpec spec, int theirs, WorkerComplaints complaints)
    {
        if (options.Worker is not { } worker) return new(null, options.NoWorker);
        IReadOnlyList<string> environment = options.Groups?.Share() is { } groups
            ? [.. options.Environment, $"{OwnedGroups.Variable}={groups.Write()}"]
            : options.Environment;
        var (program, failure) =
            launcher.Start(worker.Start(environment, Marks(spec), options.Beat, theirs), complaints);
        if (program is null) return new(null, $"not started: {failure!.Message}");
        if (options.Groups is { } ours)
        {
            // One that was killed leaves them, and in them what shed all by which it could be known.
            program.Completion.ContinueWith(_ => ours.RemoveOf(program.Pid), CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return new(new ProcessRun(program, complaints), null);
    }

    private sealed class ProcessRun(RunningProgram program, WorkerComplaints complaints) : IWorkerRun
    {
        public int? Pid => program.Pid;

        public Task<string> Completion { get; } = program.Completion.ContinueWith(
            end => WorkerEnds.Words(end.Result, complaints.Text), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        public void Kill() => program.Kill();
    }
}
