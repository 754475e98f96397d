using Amoeba.Cells.Wire;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Cells.Detached;

/// <summary>
/// One detached run of a tool, seen from the parent: begun where it has not begun, and followed to its end.
/// </summary>
internal sealed class DetachedRun(DetachedChild child, ToolRun run, DetachedFolder folder)
{
    /// <summary>Between the force and the end of a worker that does not obey.</summary>
    private static readonly TimeSpan Obeying = TimeSpan.FromMilliseconds(500);

    /// <summary>Each takes two seconds where something cannot be ended.</summary>
    private const int EndTries = 3;

    private readonly WorkerComplaints _complaints = new(child.Masked);
    private readonly DetachedTrouble _trouble = new(child.Cell.Runner.Time, child.Cell.Options.Beat);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _forced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RunningProgram? _worker;
    private DetachedClaim? _claim;
    private DetachedBeats? _beats;
    private bool _saidAsk;
    private long? _saidForce;
    private bool _refused;

    private TimeProvider Time => child.Cell.Runner.Time;

    private DetachedCellOptions Options => child.Cell.Options;

    public async ValueTask<ToolOutcome> RunAsync(CancellationToken cancel)
    {
        if (!folder.Exists)
        {
            if (cancel.IsCancellationRequested || child.Left.IsCompleted) return Stopped;
            if (run.Work.Order.TakesUp && folder.Step == 0)
                return Lose("what it left on disk is gone" + await EndTreeAsync(Rest));
            if (Begin() is { } failed) return Lose(failed, unbegun: true);
        }

        using var asked =
            cancel.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), _asked);
        using var forced =
            run.Force.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), _forced);
        _beats = new DetachedBeats(folder, Time, Options.Beat, run.Work.Limits.Stall);
        using var output = new DetachedReader(folder);
        return await FollowAsync(output);
    }

    private async ValueTask<ToolOutcome> FollowAsync(DetachedReader output)
    {
        for (; ; await PauseAsync())
        {
            if (child.Left.IsCompleted) return Stopped;
            try
            {
                if (await LookAsync(output) is { } ended) return ended;
                _trouble.Over();
            }
            catch (InvalidDataException problem)
            {
                if (await GiveUpAsync(problem.Message) is { } lost) return lost;
            }
            catch (Exception problem) when (DetachedTrouble.Is(problem))
            {
                var why = $"its folder {folder.Path} cannot be used: {problem.Message}";
                if ((_trouble.Lasts() || _forced.Task.IsCompleted) && await GiveUpAsync(why) is { } lost) return lost;
            }
        }
    }

    /// <returns>How it ended; null where it goes on.</returns>
    private async ValueTask<ToolOutcome?> LookAsync(DetachedReader output)
    {
        // In this order: what it did last is seen after it is seen to be gone.
        var lives = Lives();
        var result = DetachedResult.Read(folder);
        if (result is not null || HasBegun) child.Begin(run.Work.Order);
        var silent = _beats!.AreMissed(_claim is not null);
        if (!_refused && !output.Pump(run.Output)) _refused = true;
        _beats.Tell(run.Watch, output.Length);
        if (result is not null && (_refused || output.Length == result.OutputBytes)) return Conclude(result);
        if (!lives) return await LostAsync();
        if (await EndAsync(silent) is not { } ended) return null;
        output.Pump(run.Output);
        return ended;
    }

    /// <summary>
    /// Ends what cannot be followed, and then it is lost: nothing may take its place while it could still run.
    /// </summary>
    /// <returns>Null where even that could not be looked for, so that the next look tries again.</returns>
    private async ValueTask<ToolOutcome?> GiveUpAsync(string why)
    {
        try
        {
            var root = _claim?.TreeOf(folder).Root ?? _worker?.Identity;
            why += await EndTreeAsync(Rest with { Root = root });
        }
        catch (Exception problem) when (DetachedTrouble.Is(problem))
        {
            return null;
        }

        return IsWanted ? Stopped with { Error = why } : Lose(why, byParent: true);
    }

    private ForeignTree Rest => DetachedClaim.RestOf(folder);

    private bool IsWanted => _asked.Task.IsCompleted || _forced.Task.IsCompleted || _refused;

    /// <summary>The task is gone from its folder before anything of it runs.</summary>
    private bool HasBegun => _claim is { IsStarted: true } && !File.Exists(folder.Task);

    private static ToolOutcome Stopped => new(AttemptEnd.Stopped);

    /// <summary>A signal that nobody here sent, nor any parent before, took the worker as a crash would have.</summary>
    private ToolOutcome Conclude(DetachedResult result) => result.Signal is { } signal && !IsWanted
        ? Lose(WorkerEnds.OfSignal(signal))
        : result.Outcome with { Times = result.Times };

    /// <returns>Why it was not started; null where it was.</returns>
    private string? Begin()
    {
        folder.Make();
        if (run.Tool is not BoundWait && Options.Groups?.Share(folder.GroupsOwner) is { } groups) folder.Offer(groups);
        DetachedTask.Write(folder, run.Tool, run.Work, Time.GetUtcNow());
        string[] marks =
        [
            "AMOEBA_IS_CHILD=1", $"AMOEBA_PARENT_ID={Options.Parent}",
            $"AMOEBA_CHILD_ID={child.Id}", .. DetachedClaim.MarksOf(folder),
        ];
        var start = Options.Worker!.StartDetached(Options.Environment, marks, Options.Beat, folder.Path);
        var (worker, failure) = child.Cell.Launcher.Start(start, _complaints);
        _worker = worker;
        if (worker is not null) return null;
        folder.Remove();
        return $"not started: {failure!.Message}";
    }

    private bool Lives()
    {
        _claim ??= DetachedClaim.Read(folder);
        if (_worker is { } own) return !own.Completion.IsCompleted;
        // Of one whose process cannot be seen from here only the beats tell.
        return _claim is { } claim && (claim.IsAlive || claim.IsElsewhere);
    }

    /// <summary>Asks it to end where that is wanted, or ends it.</summary>
    /// <returns>How it ended here; null where it goes on, or is to say so itself.</returns>
    private async ValueTask<ToolOutcome?> EndAsync(bool silent)
    {
        var wanted = IsWanted;
        if (_claim is null)
        {
            var late = Time.GetElapsedTime(_beats!.Began) > Options.Patience;
            if (!wanted && !late) return null;
            if (!await RevokeAsync()) return null;
            return wanted ? Stopped : Lose("it did not begin in time", unbegun: true);
        }

        if (silent)
        {
            var left = await EndTreeAsync(_claim.TreeOf(folder));
            var silence = AttemptErrors.Duration(Options.Beat * Protocol.BeatsMissed);
            var where = _claim.IsElsewhere ? "cannot be seen from here (another container)" : "is there";
            var lost = $"heartbeat lost: its process {where}, and showed no life for {silence}{left}";
            return Lose(lost, byParent: true);
        }

        if (!wanted) return null;
        if (!_saidAsk)
        {
            folder.AnnounceStop();
            _claim.TreeOf(folder).Ask(byForce: false);
        }

        _saidAsk = true;
        // No signal reaches one elsewhere: it ends by what was announced, within its own grace.
        if (_claim.IsElsewhere || (!_forced.Task.IsCompleted && !_refused)) return null;
        if (_saidForce is null) _claim.TreeOf(folder).Ask(byForce: true);
        _saidForce ??= Time.GetTimestamp();
        if (Time.GetElapsedTime(_saidForce.Value) < Obeying) return null;
        var rest = await EndTreeAsync(_claim.TreeOf(folder));
        return rest.Length == 0 ? Stopped : Stopped with { Error = $"stopped{rest}" };
    }

    /// <summary>Takes it back before it began; from then on its worker does nothing.</summary>
    private async ValueTask<bool> RevokeAsync()
    {
        if (!DetachedClaim.Own(isStarted: false, child.Id, Options.Parent, Time.GetUtcNow()).TryMake(folder))
            return false;
        if (_worker is { } worker)
        {
            worker.Kill();
            await worker.Completion;
        }

        return true;
    }

    private async ValueTask<ToolOutcome> LostAsync()
    {
        var how = _claim?.Refused is { } why ? why
            : _worker is { } own ? WorkerEnds.Words(await own.Completion, _complaints.Text)
                : "it is gone, and left no result";
        if (_claim is null
            && DetachedClaim.Own(isStarted: false, child.Id, Options.Parent, Time.GetUtcNow()).TryMake(folder))
            return IsWanted ? Stopped : Lose(how, unbegun: true);
        // It may have claimed it, and taken the task, since the claim was looked for.
        _claim ??= DetachedClaim.Read(folder);
        if (HasBegun) child.Begin(run.Work.Order);
        // Who claimed it, and then went by itself before it had taken the task: it had no room for what comes of it.
        var code = _worker is { } worker ? (await worker.Completion).Code : null;
        var unbegun = code is not null && File.Exists(folder.Task);
        how += await EndTreeAsync(Rest);
        if (IsWanted) return Stopped;
        return Lose(how, unbegun, isLack: code == DetachedFormat.NoRoomCode);
    }

    /// <summary>
    /// Ends what is left of it. What cannot be ended is tried again; then its folder stays, by which every parent that
    /// starts finds it and tries once more.
    /// </summary>
    /// <returns>What is to be said of that; empty where nothing is left.</returns>
    private async ValueTask<string> EndTreeAsync(ForeignTree tree)
    {
        var ended = false;
        child.BeginEnding(run.Work.Order);
        try
        {
            for (var tries = 0; tries < EndTries && !ended; tries++) ended = await Options.EndTree(tree, Time);
            if (ended) return "";
            var left = tree.Find();
            ended = left.Count == 0; // it went meanwhile
            var pids = string.Join(", ", left.Select(member => member.Pid).Order());
            return ended ? "" : $"; pid {pids} cannot be ended, and `amoeba cells clean` tries it again";
        }
        finally
        {
            child.EndEnding(run.Work.Order, ended);
        }
    }

    private ToolOutcome Lose(string reason, bool unbegun = false, bool isLack = false, bool byParent = false)
    {
        child.Lose(reason, unbegun, isLack, byParent);
        return Stopped;
    }

    private async Task PauseAsync()
    {
        var look = Task.Delay(_saidForce is null ? Options.Look : TimeSpan.FromMilliseconds(10), Time);
        List<Task> signs = [look, child.Left];
        if (_worker is { } worker) signs.Add(worker.Completion);
        if (!_saidAsk) signs.Add(_asked.Task);
        if (_saidForce is null) signs.Add(_forced.Task);
        await Task.WhenAny(signs);
    }
}
