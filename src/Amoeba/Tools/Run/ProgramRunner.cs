using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Tools.Run;

/// <summary>Runs a task's program to its end: output to the task, the end of its errors for the reader.</summary>
internal sealed class ProgramRunner(ProgramLauncher launcher)
{
    private const string PathPrefix = "PATH=";

    public async ValueTask<ToolOutcome> RunAsync(
        ToolRun run, string program, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return new ToolOutcome(AttemptEnd.Stopped);
        var work = run.Work;
        var environment = work.Environment();
        if (Executables.Resolve(program, work.Folder, PathOf(environment.Entries)) is not { } executable)
            return ProgramErrors.NotFound(program, work.Folder);
        var sink = new ProgramSink(run);
        var start = new ProgramStart(executable, arguments, environment.Entries, work.Folder)
        {
            Name = program,
            Cookie = environment.Mark,
        };
        var (running, failure) = launcher.Start(start, sink);
        if (running is null) return ProgramErrors.NotStarted(failure!);
        using var gently = cancel.UnsafeRegister(_ => running.End(work.Grace), null);
        using var forced = run.Force.UnsafeRegister(_ => running.Kill(), null);
        var exit = await running.Completion;
        var outcome = cancel.IsCancellationRequested
            ? new ToolOutcome(AttemptEnd.Stopped)
            : ProgramErrors.OfExit(exit, sink.ErrorTail);
        return outcome with { PeakMemory = exit.PeakMemory, CpuSeconds = exit.CpuTime.TotalSeconds };
    }

    private static string? PathOf(IReadOnlyList<string> environment)
    {
        for (var i = 0; i < environment.Count; i++)
        {
            if (environment[i].StartsWith(PathPrefix, StringComparison.Ordinal)) return environment[i][PathPrefix.Length..];
        }

        return null;
    }
}
