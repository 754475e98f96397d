using Amoeba.Cli.Arguments;
using Amoeba.Cli.Terminal;
using Amoeba.Disk;
using Amoeba.Hosting;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Processes;

namespace Amoeba.Cli.Commands;

/// <summary>
/// `--detached`: the job is accepted here, a parent in a session of its own goes on with it, and this process returns.
/// </summary>
internal static class BackgroundJob
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(CommandCall call, Workplace workplace, PlanSpec plan)
    {
        var console = call.Console;
        var parent = workplace.OpenParent();
        // A job that comes while a parent stops is kept, and left to whoever goes on with it.
        _ = parent.StopAsync(TimeSpan.Zero);
        var accepted = await console.Stay(parent.SubmitAsync(RunCommand.Submit(call, plan), CancellationToken.None));
        workplace.Warn(accepted.Warnings);
        await workplace.CloseParentAsync();
        if (workplace.Reader.FindById(accepted.Job)?.State != JobState.Interrupted)
            // it ended already, or waits for a person
            return ForegroundJob.Finish(call, workplace.Reader, accepted.Job);
        await StartAsync(call, workplace, accepted.Job);
        console.Out.WriteLine(call.Json ? $$"""{"job":"{{accepted.Job}}"}""" : accepted.Job);
        if (!call.Quiet)
        {
            console.Error.WriteLine(Wrapping.Wrap(
                $"job {accepted.Job} goes on in the background: amoeba wait {accepted.Job}, "
                    + $"amoeba logs {accepted.Job} -f", Wrapping.WidthOfError(console), 4));
        }

        return ExitCodes.Done;
    }

    private static async Task StartAsync(CommandCall call, Workplace workplace, string job)
    {
        var console = call.Console;
        var log = Path.Combine(workplace.Home, "logs", $"{job}.background.log");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        PrivateFiles.Open(log, FileMode.Append).Dispose(); // what a parent says may name what its tasks are given
        using var launcher = new ProgramLauncher(console.Time, endUnknownOrphans: false);
        var own = Environment.ProcessPath
            ?? throw new MachineLacksException("this program's own file cannot be told; run without --detached");
        // Nobody reads its streams when this process has gone: they go to a file.
        var start = new ProgramStart(
            "/bin/sh",
            ["-c", "exec \"$@\" >>\"$0\" 2>&1", log, own, "resume", job, "--quiet",
                "--home", Path.GetFullPath(workplace.Home, console.Folder)],
            [.. console.Variables().Select(pair => $"{pair.Key}={pair.Value}")], console.Folder)
        { Name = "amoeba", Tree = TreeCare.Leave };
        var (program, failure) = launcher.Start(start, new Silence());
        if (program is null)
            throw new MachineLacksException(
                $"the background parent was not started: {failure!.Message}; amoeba resume {job} goes on here");
        var begun = console.Time.GetTimestamp();
        using var timer = new PeriodicTimer(Every, console.Time);
        while (console.Time.GetElapsedTime(begun) < Patience && await timer.WaitForNextTickAsync())
        {
            if (workplace.Reader.FindById(job) is not { State: JobState.Interrupted }) return;
            if (program.Completion.IsCompleted)
                throw new MachineLacksException(
                    $"the background parent ended at once; {log} says why, and amoeba resume {job} goes on here");
        }
    }

    private sealed class Silence : IProgramOutput
    {
        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes) => true;

        public void OnExit(ProgramExit exit)
        {
        }
    }
}
