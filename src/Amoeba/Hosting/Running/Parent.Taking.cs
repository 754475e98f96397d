using Amoeba.Cells.Detached;
using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>How a job is taken over from whoever had it last.</summary>
internal sealed partial class Parent
{
    private static readonly TimeSpan GuardianPatience = TimeSpan.FromSeconds(15);

    public async Task TakeAsync(string job, bool goOn, CancellationToken cancel, string? budget = null)
    {
        var stored =
            _parts.Store.FindJob(job) ?? throw new PlanException($"there is no job {job}; `amoeba jobs` lists them");
        if (stored.Owner == Id && _parts.Jobs.ContextOf(job) is not null)
        {
            if (goOn)
            {
                await AskAsync(job, "go_on", null, "amoeba", cancel);
            }

            return;
        }

        var before = stored.Owner;
        if (before is { } owner)
        {
            await WaitForEndOfAsync(owner, job, cancel);
            await EndContainersAsync(owner, stored, cancel);
        }

        var epoch = await OnLoopAsync(() => _parts.Store.Acquire(job, Id, stored.Epoch))
            ?? throw new JobBusyException(
                $"job {job} was just taken by another parent; `amoeba show {job}` says how it stands");
        Task accepted;
        Reclaimed left;
        try
        {
            (accepted, left) = await RestoreAsync(job, epoch, goOn, budget, cancel);
        }
        catch
        {
            await ReleaseAsync(job, epoch);
            throw;
        }

        await accepted;
        foreach (var folder in left.TakenBack) folder.Remove(); // their rows say now that they never began
    }

    /// <summary>Hands a job that was taken to the engine, with what its last owner left of it.</summary>
    /// <returns>What completes when it is owned and that is on the disk; and what was found.</returns>
    private async Task<(Task Accepted, Reclaimed Left)> RestoreAsync(
        string job, long epoch, bool goOn, string? budget, CancellationToken cancel)
    {
        _parts.Outputs.CleanLive(job);
        var stored = _parts.Store.FindJob(job)!;
        var approval = _parts.Store.FindApproval(job);
        var plan = PlanJson.Read(stored.Record.PlanJson);
        var spool = new HomeFolder(_options.Home!).Spool(job);
        var items = OpenItems(plan, StageManifest.FromJson(stored.Record.StagesJson), spool, stored);
        try
        {
            var ready =
                await _parts.Submitting(runCommands: false).RestoreAsync(stored, items, approval, budget, cancel);
            var open = OpenRows(ready.Start);
            var taken = new JobTaken(ready.Start, stored, epoch, _parts.Store.ReadMarks(job), open, approval, goOn)
            {
                Flows = FlowFeeder.Read(plan, items),
            };
            CheckFlows(taken);
            var left = await ReclaimAsync(job, open, cancel);
            taken = taken with { Outliving = left.Outliving, Unbegun = left.Unbegun };
            return (HostAsync(ready, stored.Record.Folder, items, taken), left);
        }
        catch
        {
            items.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Gives a job back that was taken and cannot be gone on with, so that it is not held
    /// by one that does nothing for it.
    /// </summary>
    private async Task ReleaseAsync(string job, long epoch)
    {
        try
        {
            await OnLoopAsync(() =>
            {
                _parts.Store.Release(job, Id, epoch);
                return true;
            });
        }
        catch (Exception error) when (error is StoreUnusableException or IOException)
        {
            // What is told is why it was not taken; this parent stops for its own reason.
        }
    }

    /// <summary>Cancels a job that <see cref="TakeAsync"/> could not hold.</summary>
    /// <param name="job">The job.</param>
    /// <param name="before">Its owner before that was tried.</param>
    /// <param name="by">Who asked.</param>
    /// <param name="warn">Hears what a person should know although it is cancelled.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="asked">
    /// The parents that were asked to cancel it and failed before they answered: one may have done it. Null where
    /// nobody was.
    /// </param>
    public Task<string?> CancelUnheldAsync(string job, string? before, string by, Action<string> warn,
        CancellationToken cancel, IReadOnlyList<string>? asked = null) =>
        new ColdCancel(_options, _parts, Id, warn).RunAsync(job, before, by, asked, cancel);

    /// <summary>A task that was recorded had an item; where that is gone, the job's files are.</summary>
    private static void CheckFlows(JobTaken taken)
    {
        foreach (var flow in taken.Flows)
        {
            var stage = taken.Start.Stages[flow.Stage];
            var end = (long)stage.First + EachBinder.MaxItems;
            if (taken.Marks.Any(mark => mark.Ordinal >= stage.First + flow.Items && mark.Ordinal < end))
            {
                throw new StoreUnusableException(
                    $"The items that flowed into {stage.Id} are missing from the job's spool. "
                        + $"{WithoutItems(taken.Stored)}");
            }
        }
    }

    /// <summary>
    /// Which of the running rows' attempts outlived their parent or never began; what else is left of the job is ended.
    /// </summary>
    private async Task<Reclaimed> ReclaimAsync(string job, List<TaskRecord> open, CancellationToken cancel)
    {
        var runs =
            new DetachedRuns(DetachedFolder.RootOf(_options.Home!), Id, _options.Time) { EndTree = _options.EndTree };
        var running =
            open.Where(row => row.State == TaskState.Running).ToDictionary(row => row.Ordinal, row => row.Attempt);
        var left = await runs.ReclaimAsync(job, running, cancel);
        if (left.NotEnded.Count > 0)
        {
            throw new JobBusyException(
                $"job {job}: a detached attempt that was given up cannot be ended "
                    + $"({left.NotEnded[0].Path}); end what still runs "
                + "of it, or try again in a moment");
        }

        if (left.Outliving.Count > 0)
        {
            ParentLog.TookUp(_parts.Log, job, left.Outliving.Count);
        }

        return left;
    }

    private List<TaskRecord> OpenRows(JobStart start)
    {
        var job = start.Record.Id;
        var rows = new List<TaskRecord>();
        if (start.Merge == MergeWay.Task
            && _parts.Store.FindTask(job, start.Stages[^1].First) is { State: TaskState.Succeeded } merge)
        {
            rows.Add(merge);
        }

        foreach (var state in (TaskState[])[TaskState.Running, TaskState.Waiting])
        {
            rows.AddRange(_parts.Store.ReadTasks(job, 0, int.MaxValue, state));
        }

        return rows;
    }

    /// <summary>Waits until a dead owner's guardian is done, then makes sure that nothing of it is left.</summary>
    private async Task WaitForEndOfAsync(string owner, string job, CancellationToken cancel)
    {
        var path = ParentLock.PathOf(_options.Home!, owner);
        if (ParentLock.IsHeld(path) && await LivesAsync(owner, job, path, cancel) is { } where)
        {
            throw new JobBusyException($"job {job} {where}");
        }

        var free = ParentLock.WaitUntilFree(path, GuardianPatience, _options.Time, cancel);
        if (!await free.ToldAsync($"job {job}: what its last parent {owner} left is being ended", _options))
        {
            throw new JobBusyException(
                $"job {job}: what its last parent {owner} left is still being ended; try again in a moment");
        }

        var (killed, clean) = await _options.Sweep(owner, _options.Time, cancel);
        if (!clean)
        {
            throw new JobBusyException($"job {job}: {LeftBehind.Words(owner)}; end it, or try again in a moment");
        }

        ParentLog.TookOver(_parts.Log, job, owner, killed);
        await _parts.Strays.EndAsync();
        await OnLoopAsync(() =>
        {
            _parts.Store.RemoveParent(owner);
            return true;
        });
        File.Delete(path);
    }

    /// <summary>Before the job is anybody's again, so that nothing of it is there twice.</summary>
    private async Task EndContainersAsync(string owner, StoredJob stored, CancellationToken cancel)
    {
        if (stored.Status.DecisionJson is not { } json || DecisionJson.Read(json).Cell != CellKind.Docker) return;
        var removed = _parts.Containers.RemoveOfAsync(owner, cancel);
        var asked = $"job {stored.Id}: docker is asked for the containers that its last parent {owner} left";
        if (await removed.ToldAsync(asked, _options) is { } problem)
        {
            var words =
                $"job {stored.Id}: containers that its last parent {owner} left may still run, "
                    + $"and cannot be ended: {problem}";
            if (await _parts.Containers.WhyNotAskedAsync(cancel) is not null) throw new MachineLacksException(words);
            throw new JobBusyException(words);
        }
    }

    /// <returns>
    /// What a person is told of the job; null where the owner is gone, and only its guardian may be there.
    /// </returns>
    private async Task<string?> LivesAsync(string owner, string job, string path, CancellationToken cancel)
    {
        var known = _parts.Store.ListParents().FirstOrDefault(parent => parent.Id == owner);
        if (known is null || !ParentIdentity.IsAlive(known)) return null;
        if (!ParentIdentity.IsElsewhere(known))
            return $"runs in another parent (pid {known.Pid}); `amoeba logs {job} -f` follows it";
        // Its guardian holds the same lock, and is done in a moment where it is all that is left; mostly, for what it
        // ends may take longer, and nothing tells the two apart from here.
        var free = await ParentLock.WaitUntilFree(path, LongWait.Moment, _options.Time, cancel);
        return free ? null : $"runs in another parent (pid {known.Pid}, which cannot be seen from here), or what that "
            + $"one left is still being ended; `amoeba logs {job} -f` follows it, or try again in a moment";
    }
}
