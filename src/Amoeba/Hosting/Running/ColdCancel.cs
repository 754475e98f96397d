using Amoeba.Cells.Detached;
using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Cancels a job in its rows alone: of one that no engine can hold, because its items or what its cell needs are gone,
/// that is all there is left to do.
/// </summary>
/// <param name="options">The parent's.</param>
/// <param name="parts">The parent's.</param>
/// <param name="parent">The parent's id.</param>
/// <param name="warn">Hears what a person should know although the job is cancelled.</param>
internal sealed class ColdCancel(ParentOptions options, ParentParts parts, string parent, Action<string> warn)
{
    /// <param name="id">A job whose owner, if it has one, does not live.</param>
    /// <param name="before">Its owner before this parent tried to hold it.</param>
    /// <param name="by">Who asked.</param>
    /// <param name="asked">
    /// The parents that were asked that and failed before they answered: then it may be cancelled on the disk, and what
    /// is left to do is to end what still runs of it. Null where nobody was.
    /// </param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Null, or the error for a person.</returns>
    /// <exception cref="JobBusyException">Another parent was faster, or what the last
    /// owner left still runs.</exception>
    public async Task<string?> RunAsync(
        string id, string? before, string by, IReadOnlyList<string>? asked, CancellationToken cancel)
    {
        var stored = parts.Store.FindJob(id) ?? throw new InvalidOperationException($"There is no job {id}.");
        var isDone = asked is not null && stored.Status.State == JobState.Cancelled;
        if (!isDone && JobLife.IsEnded(stored.Status.State))
            return $"job {id} has ended already: {Names.Of(stored.Status.State)}";
        // Another may have taken it since, and live.
        if (stored.Owner is { } owner && owner != parent && owner != before && asked?.Contains(owner) != true)
            throw JustTaken(id);
        var epoch = stored.Owner == parent ? stored.Epoch
            : parts.Store.Acquire(id, parent, stored.Epoch) ?? throw JustTaken(id);
        var runs =
            new DetachedRuns(DetachedFolder.RootOf(options.Home!), parent, options.Time) { EndTree = options.EndTree };
        if ((await runs.ReclaimAsync(id, new Dictionary<int, int>(), cancel)).NotEnded is [var left, ..])
        {
            parts.Store.Release(id, parent, epoch);
            throw new JobBusyException($"job {id}: a detached attempt cannot be ended ({left.Path}); "
                + "end what still runs of it, or try again in a moment");
        }

        if (stored.Status.DecisionJson is { } json && DecisionJson.Read(json).Cell == CellKind.Docker
            && await EndContainersAsync(before, cancel) is { } problem)
        {
            parts.Store.Release(id, parent, epoch);
            throw new JobBusyException($"job {id}: containers that its last parent {before} left may still run, "
                + $"and cannot be ended: {problem}");
        }

        if (isDone)
        {
            parts.Store.Release(id, parent, epoch);
            return null;
        }

        var taken = parts.Store.Commit(Ended(stored, epoch, by));
        return taken.Rejected.Count == 0 ? null : throw JustTaken(id);
    }

    private static JobBusyException JustTaken(string id) =>
        new($"job {id} was just taken by another parent; `amoeba show {id}` says how it stands");

    /// <summary>A daemon that answers is held to it; one that is not there must not keep a job for ever.</summary>
    private async Task<string?> EndContainersAsync(string? before, CancellationToken cancel)
    {
        if (await parts.Containers.WhyNotAskedAsync(cancel) is { } mute)
        {
            warn($"docker could not be asked whether containers of this job still run: {mute}. "
                + "When it answers, `amoeba cells clean` ends what is left of them");
            return null;
        }

        return before is null ? null : await parts.Containers.RemoveOfAsync(before, cancel);
    }

    private CommitBatch Ended(StoredJob stored, long epoch, string by)
    {
        var (id, status, now) = (stored.Id, stored.Status, options.Time.GetUtcNow());
        var batch = new CommitBatch();
        foreach (var state in (TaskState[])[TaskState.Running, TaskState.Waiting])
        {
            foreach (var row in parts.Store.ReadTasks(id, 0, int.MaxValue, state))
            {
                batch.Tasks.Add(row with
                {
                    State = TaskLife.Move(state, TaskState.Cancelled),
                    Finished = state == TaskState.Running ? now : row.Finished,
                });
            }
        }

        var counts = status.Counts;
        batch.Jobs.Add(new JobWrite(id, parent, epoch, null, status with
        {
            State = JobLife.Move(status.State, JobState.Cancelled),
            Reason = $"cancelled by {by}",
            Counts =
                counts with
                {
                    Running = 0,
                    Cancelled = counts.Total - counts.Succeeded - counts.Failed - counts.Skipped
                },
            Finished = now,
            ActiveSince = null,
        }, Released: true));
        // Nobody else will answer them, and whoever tries the job again is not meant.
        foreach (var request in parts.Store.ListOpenRequests(id))
        {
            batch.AnsweredRequests.Add(
                request with { Answer = request.Kind == "cancel" ? "ok" : $"job {id} was cancelled by {by}" });
        }

        batch.Audits.Add(new AuditRecord(now, by, "cancel", id, "asked; it could not be held"));
        return batch;
    }
}
