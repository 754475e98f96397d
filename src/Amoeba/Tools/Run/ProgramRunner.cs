using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Tools.Run;

/// <summary>Runs a task's program to its end: output to the task, the end of its errors for the reader.</summary>
/// <param name="launcher">Starts programs.</param>
/// <param name="limiter">Holds them to the limits of their attempt.</param>
/// <param name="image">That of the container they run in; null outside of one.</param>
internal sealed class ProgramRunner(ProgramLauncher launcher, ITreeLimiter limiter, string? image = null)
{
    private const string PathPrefix = "PATH=";

    /// <summary>Bytes of output up to which an attempt ends without touching the disk.</summary>
    private const int QuickOutput = 4096;

    public async ValueTask<ToolOutcome> RunAsync(
        ToolRun run, string program, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return new ToolOutcome(AttemptEnd.Stopped);
        var work = run.Work;
        var environment = work.Environment();
        if (Executables.Resolve(program, work.Folder, PathOf(environment.Entries)) is not { } executable)
            return ProgramErrors.NotFound(program, work.Folder, image);
        var sink = new ProgramSink(run);
        var start = new ProgramStart(executable, arguments, environment.Entries, work.Folder)
        {
            Name = program,
            Cookie = environment.Mark,
            StdinFile = environment.Stdin,
            OpenFiles = work.Limits.Files,
            ContinuesInline = true,
        };
        var (running, failure) = launcher.Start(start, sink);
        if (running is null) return ProgramErrors.NotStarted(failure!, image);
        using var gently = cancel.UnsafeRegister(_ => running.End(work.Grace), null);
        using var forced = run.Force.UnsafeRegister(_ => running.Kill(), null);
        LimitBreach? breach = null;
        var hadManyFiles = false;
        var lines = new TreeLimits(work.Limits.Memory, work.Limits.Processes)
        {
            Cpu = work.Limits.Cpu,
            Files = work.Limits.Files,
        };
        using var hold = limiter.Watch(running, lines, seen =>
        {
            breach = seen;
            running.Kill();
        }, near =>
        {
            if (near.Kind == LimitKind.Files) hadManyFiles = true;
            run.Watch.Warn(ProgramErrors.Near(near));
        });
        var exit = await running.Completion;
        var use = hold.Settle();
        breach ??= use.Breach;
        // Where there is much to keep, that is not for the thread which all programs wait for.
        if (run.Output.Length > QuickOutput)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var outcome = cancel.IsCancellationRequested ? new ToolOutcome(AttemptEnd.Stopped)
            : breach is not null ? ProgramErrors.OverLimit(breach)
            : ProgramErrors.OfExit(exit, sink.ErrorTail, work.Limits.Files, hadManyFiles);
        return outcome with
        {
            PeakMemory = use.PeakMemory > (exit.PeakMemory ?? 0) ? use.PeakMemory : exit.PeakMemory,
            CpuSeconds = Math.Max(exit.CpuTime.TotalSeconds, use.CpuTime?.TotalSeconds ?? 0),
        };
    }

    private static string? PathOf(IReadOnlyList<string> environment)
    {
        for (var i = 0; i < environment.Count; i++)
        {
            var entry = environment[i];
            if (entry.StartsWith(PathPrefix, StringComparison.Ordinal)) return entry[PathPrefix.Length..];
        }

        return null;
    }
}
