using System.Runtime.InteropServices;
using Amoeba.Cells;
using Amoeba.Cells.Detached;
using Amoeba.Disk;
using Amoeba.Engine.Ports;

namespace Amoeba.Worker.Detached;

/// <summary>
/// Does one task that lies in a folder, and goes. Nobody need be there: it holds the task to its limits, writes how it
/// stands, and leaves its result behind. Asked to end by SIGTERM, by force by SIGQUIT.
/// </summary>
internal sealed class DetachedWorker(DetachedFolder folder, TimeSpan beat) : IDisposable
{
    private const int SigQuit = 3, SigTerm = 15;

    /// <summary>No timer of the runtime goes much further.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    private readonly CancellationTokenSource _gentle = new();
    private readonly CancellationTokenSource _force = new();
    private readonly WorkerTools _tools =
        new(ownsContainer: false) { Mark = folder.Mark, Groups = folder.ReadGroups };
    private int _signal;

    public static int Run(string path, TimeSpan beat)
    {
        if (DetachedFolder.Parse(Path.GetFullPath(path)) is not { } folder)
            return Say($"{path} is no folder of a detached task.");
        using var worker = new DetachedWorker(folder, beat);
        return worker.Run();
    }

    public void Dispose()
    {
        _tools.Dispose();
        _gentle.Dispose();
        _force.Dispose();
    }

    private int Run()
    {
        // Before it is claimed: from then on it may be asked to end.
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => On(signal, SigTerm, _gentle));
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => On(signal, SigQuit, _force));
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static signal => signal.Cancel = true);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static signal => signal.Cancel = true);
        try
        {
            var claim = DetachedClaim.Own(
                isStarted: true, Own("AMOEBA_CHILD_ID"), Own("AMOEBA_PARENT_ID"), TimeProvider.System.GetUtcNow());
            // Taken back, or begun by another: either way it is not this one's.
            if (!claim.TryMake(folder)) return 0;
            return RunClaimed(claim.At);
        }
        catch (DirectoryNotFoundException)
        {
            return 0; // taken back, and tidied up by now
        }
        catch (Exception failed) when (FullDisk.Is(failed))
        {
            Say(FullDisk.Words("the detached task", folder.Path, "run its job again"));
            return DetachedFormat.NoRoomCode;
        }
        catch (Exception failed)
            when (failed is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Say($"its folder {folder.Path} cannot be used: {failed.Message}");
        }
    }

    private int RunClaimed(DateTimeOffset claimed)
    {
        var began = TimeProvider.System.GetTimestamp();
        DetachedResult.Reserve(folder);
        if (DetachedTask.Read(folder) is not { } task) return Say("there is no task in the folder.");
        var (work, masker) = (task.Work, task.Masker);
        // It may hold secrets, and nobody needs it any more.
        File.Delete(folder.Task);
        using var file = new FileOutput(folder, work.Limits.Output);
        using var signs = new LifeSigns(folder, task, file, beat)
        {
            Asked = () => _ = _gentle.CancelAsync(),
            Abandoned = () => _ = _force.CancelAsync(),
        };
        // the parent warns of it, where it keeps it
        using var output = new AttemptOutput(file, masker, signs, limit: long.MaxValue);
        signs.Begin();
        var outcome = RunAsync(task.Tool, work, output, signs).GetAwaiter().GetResult();
        output.Finish();
        if (output.Fault is { } fault) outcome = new ToolOutcome(AttemptEnd.Failed, $"output: {fault.Message}");
        else if (output.IsOver)
            outcome = outcome with
            {
                End = AttemptEnd.OverLimit,
                Error = AttemptErrors.OverOutput(work.Limits).Error,
                CutBefore = null,
            };
        outcome = AttemptErrors.Masked(outcome, masker);
        // What it left is ended before it is said to have ended.
        _tools.Dispose();
        signs.End(outcome);
        file.Flush();
        // A clock that was set back in between does not make it begin before it was ordered.
        var spawn = claimed > task.Ordered ? claimed - task.Ordered : TimeSpan.Zero;
        var times = new ToolTimes(spawn, TimeProvider.System.GetElapsedTime(began));
        // Where everything is told to end, its program may have been the first to hear it.
        var isEnded = outcome.End is AttemptEnd.Stopped or AttemptEnd.Failed && _signal != 0;
        new DetachedResult(outcome, file.Length, times, isEnded ? _signal : null).Write(folder);
        return 0;
    }

    private async Task<ToolOutcome> RunAsync(BoundTool tool, AttemptWork work, AttemptOutput output, LifeSigns signs)
    {
        var limit = work.Limits.Timeout;
        var most = limit > TimeSpan.Zero && limit < LongestTimer ? limit : Timeout.InfiniteTimeSpan;
        using var timeout = new CancellationTokenSource(most, TimeProvider.System);
        using var gentle = CancellationTokenSource.CreateLinkedTokenSource(_gentle.Token, _force.Token, timeout.Token);
        // The grace is the program's; what needs longer than that to be killed is not waited for.
        using var forced = gentle.Token.UnsafeRegister(_ => _force.CancelAfter(work.Grace), null);
        ToolOutcome outcome;
        try
        {
            var run = new ToolRun { Tool = tool, Work = work, Output = output, Force = _force.Token, Watch = signs };
            outcome = await _tools.Of(tool).RunAsync(run, gentle.Token);
        }
        catch (Exception problem)
        {
            outcome = AttemptErrors.Of(problem);
        }

        if (!timeout.IsCancellationRequested || outcome.End == AttemptEnd.Succeeded) return outcome;
        var (end, error) = AttemptErrors.Stopped(StopReason.Timeout, work.Limits);
        return outcome with { End = end, Error = error, CutBefore = null };
    }

    /// <summary>
    /// A parent announces itself before it signals; who does not is somebody else, and what they end is lost.
    /// </summary>
    private void On(PosixSignalContext context, int signal, CancellationTokenSource source)
    {
        context.Cancel = true;
        if (!File.Exists(folder.Stop)) Interlocked.CompareExchange(ref _signal, signal, 0);
        _ = source.CancelAsync();
    }

    private static string Own(string name) => Environment.GetEnvironmentVariable(name) ?? "";

    private static int Say(string words)
    {
        Console.Error.WriteLine($"amoeba-worker: {words}");
        return 2;
    }
}
