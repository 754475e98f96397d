using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Engine.State;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Engine;

/// <summary>Jobs come, run on, and end.</summary>
internal sealed partial class EngineCore
{
    private readonly Queue<LiveStage> _endedStages = new();
    private long _merges;

    private void OnSubmitted(JobStart start)
    {
        var job = Add(start, epoch: 1);
        job.IsNew = true;
        job.GoOn = true;
        foreach (var stage in job.Stages)
        {
            stage.Reset();
        }

        job.Total = PlanTasks(job);
        MarkDirty(job);
        _effects.Add(new JobAccepted(job.Id));
        if (start.Asks != Asks.None && !start.Yes)
        {
            AskForApproval(job);
        }
        else
        {
            Allow(job);
            Begin(job);
        }

        StopIfStopping(job);
    }

    /// <summary>
    /// Writes down who allowed what: an approval that was given with the job binds as one that was asked for.
    /// </summary>
    private void Allow(LiveJob job)
    {
        var start = job.Start;
        if (start.Asks != Asks.None)
        {
            job.Approval = NewApproval(job) with { Answer = "approve", Answered = _now.Wall, By = start.By };
            _approvals.Add(job.Approval);
            Audit(start.By, "approve", job.Id,
                $"--yes, given with the job: {job.Approval.Asks}, {Say.Count(job.Width, "child", "children")}");
        }
        else if (start.Decision.Split)
        {
            Audit("amoeba", "allow", job.Id,
                "the default rule: it costs nothing and stays on this machine, "
                    + $"{Say.Count(job.Width, "child", "children")}");
        }
    }

    /// <summary>A job that comes while the parent stops is kept, and left to whoever resumes it.</summary>
    private void StopIfStopping(LiveJob job)
    {
        if (_stopping && !job.Released)
        {
            Interrupt(job);
        }
    }

    private LiveJob Add(JobStart start, long epoch)
    {
        var job = new LiveJob(start, epoch);
        _jobs.Add(job.Id, job);
        _ordered.Add(job);
        return job;
    }

    private static int PlanTasks(LiveJob job)
    {
        var tasks = 0;
        foreach (var stage in job.Stages)
        {
            tasks += stage.Plan.IsMerge ? 0 : stage.Tasks;
        }

        return tasks;
    }

    /// <summary>Lets a job run: opens the stages that need nothing, or that need nothing any more.</summary>
    private void Begin(LiveJob job)
    {
        if (job.State != JobState.Running)
        {
            job.Move(JobState.Running);
        }

        job.Reason = null;
        job.IsOverTime = IsUp(job, 1);
        MarkDirty(job);
        if (job.Failed > 0 && job.Start.OnFailure == FailurePolicy.Stop)
        {
            // it failed while the job could not end
            EndEarly(job, JobState.Failed, "a failure ends it (on_failure: stop)");
            return;
        }

        WarnOfBudget(job);
        SayHeldBack(job);
        OpenStages(job);
        TryFinish(job);
    }

    /// <summary>Ends the job if all its tasks ended: first the merge, then the job itself.</summary>
    private void TryFinish(LiveJob job)
    {
        if (job.State != JobState.Running || job.MergeNumber != 0)
        {
            return;
        }

        foreach (var stage in job.Stages)
        {
            if (!stage.HasEnded)
            {
                return;
            }
        }

        if (job.Start.Merge == MergeWay.Edge)
        {
            job.MergeNumber = ++_merges;
            _effects.Add(new MergeResults(job.Id, job.MergeNumber));
            return;
        }

        var mergeFailed = job.Start.Merge == MergeWay.Task && job.Stages[^1].AnyFailed;
        Finish(job, mergeFailed ? "the merge failed" : null);
    }

    private void OnMerged(MergeEnded merged)
    {
        if (!_jobs.TryGetValue(merged.Job, out var job) || job.MergeNumber != merged.Number || job.Released)
        {
            return; // ended or given up meanwhile; whoever goes on merges anew
        }

        job.MergeNumber = 0;
        job.Output = merged.Output;
        Finish(job, merged.Error is null ? null : $"the merge failed: {merged.Error}");
    }

    private void Finish(LiveJob job, string? wrong)
    {
        job.Reason = wrong ?? (job.WasHeldBack ? "held back at times, because the machine was busy (zones)" : null);
        StopClock(job);
        job.Move(wrong is null && job.Failed == 0 && job.Skipped == 0 ? JobState.Succeeded : JobState.Failed);
        Close(job);
    }

    /// <summary>
    /// Ends a job before all its tasks did: what runs is stopped and, with all that waits, cancelled.
    /// </summary>
    private void EndEarly(LiveJob job, JobState state, string? reason)
    {
        StopClock(job);
        foreach (var child in job.Children)
        {
            Unclaim(child);
            if (child.Task is { State: TaskState.Running } task && task.Attempt == child.Attempt)
            {
                TellToEnd(child, StopReason.Cancelled, options.KillGrace);
                LeaveRunning(task);
                task.Finished = _now.Wall;
                task.Move(TaskState.Cancelled);
                MarkDirty(task);
            }
        }

        CancelWaiting(job);
        job.Cancelled = job.Total - job.Succeeded - job.Failed - job.Skipped;
        job.Reason = reason;
        job.Move(state);
        Close(job);
    }

    /// <summary>
    /// Tasks that wait and have a row are cancelled in it; those without one follow from the job's state.
    /// </summary>
    private void CancelWaiting(LiveJob job)
    {
        while (job.Peek(programs: true, out _) is { } task)
        {
            job.Dequeue(task);
            CancelRow(task);
        }

        foreach (var (task, _) in _delayed.UnorderedItems)
        {
            if (task.Stage.Job == job)
            {
                CancelRow(task);
            }
        }

        foreach (var stage in job.Stages)
        {
            stage.Parked.ForEach(CancelRow);
            stage.Parked.Clear();
            foreach (var task in stage.TakeBack())
            {
                CancelRow(task);
            }
        }

        job.ClearReady();
        job.Filling.Clear();
    }

    private void CancelRow(LiveTask task)
    {
        if (task.State == TaskState.Waiting && (task.HasRow || task.Dirty))
        {
            task.Move(TaskState.Cancelled);
            MarkDirty(task);
        }
    }

    private void Close(LiveJob job)
    {
        job.Finished = _now.Wall;
        GiveUp(job);
    }

    /// <summary>
    /// The owner lets go: with the next commit anyone may take the job, or else when its last attempt has ended.
    /// </summary>
    private void GiveUp(LiveJob job)
    {
        job.Released = true;
        EndWait(job);
        // One that outlives this parent may just be on its way to the disk: the next owner has to find all of it.
        job.IsLeaving = job.Children.Exists(child =>
            child.IsAtWork || child is { Cell: CellKind.Detached, State: ChildState.Destroying });
        job.MergeNumber = 0;
        job.ApprovalDue = long.MaxValue;
        MarkDirty(job);
        _effects.Add(new JobSettled(job.Id, job.State));
        for (var i = job.Children.Count - 1; i >= 0; i--)
        {
            if (!job.Children[i].IsAtWork)
            {
                Destroy(job.Children[i]);
            }
        }

        Settle(job);
    }

    /// <summary>Forgets a job that is released and has no child left.</summary>
    private void Settle(LiveJob job)
    {
        if (job.Released && job.Children.Count == 0 && _jobs.ContainsKey(job.Id) && !_forgotten.Contains(job))
        {
            _forgotten.Add(job);
            if (job.IsLeaving)
            {
                job.IsLeaving = false;
                MarkDirty(job);
            }
        }

        if (_stopping && !job.Released && job.Running == 0)
        {
            Interrupt(job);
        }
    }

    private void OnStop(TimeSpan grace, bool now)
    {
        _stopping = true;
        _stopDue = Math.Min(_stopDue, _now.Uptime + grace.Ticks);
        for (var i = _ordered.Count - 1; i >= 0; i--)
        {
            var job = _ordered[i];
            for (var c = job.Idle.Count - 1; c >= 0; c--)
            {
                Destroy(job.Idle[c]);
            }

            if (!job.HasEnded)
            {
                LeaveOutliving(job);
            }

            job.Children.ForEach(Drain);
            if (job.Running == 0 && !job.Released)
            {
                Interrupt(job);
            }
        }

        if (grace <= TimeSpan.Zero)
        {
            _stopDue = long.MaxValue;
            StopRunning(StopReason.Interrupted, TimeSpan.Zero, toldToo: now);
        }
    }

    /// <summary>The owner stops: what waits for a person goes on waiting, what ran can be resumed.</summary>
    private void Interrupt(LiveJob job)
    {
        StopClock(job);
        LeaveOutliving(job);
        if (job.State is JobState.Running or JobState.Queued && job.GoOn)
        {
            job.Move(JobState.Interrupted);
            job.Reason = "its parent was stopped";
        }

        GiveUp(job);
    }

    /// <summary>Another parent owns the job: end its children and say no more of it.</summary>
    private void OnLost(string id)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            return;
        }

        LeaveOutliving(job);
        foreach (var child in job.Children)
        {
            TakeTask(child);
        }

        // Claimed after the refused commit, when another job was lost with it.
        _effects.RemoveAll(effect => effect is StartAttempt && effect.Job == id);
        job.ClearReady();
        job.Filling.Clear();
        _dirtyTasks.RemoveAll(task => task.Stage.Job == job);
        job.Load(JobState.Interrupted);
        job.ActiveSince = null;
        job.Reason = "another parent took it over";
        GiveUp(job);
        for (var i = job.Children.Count - 1; i >= 0; i--)
        {
            HandOver(job.Children[i]);
        }

        job.IsLeaving = false;
        job.Dirty = false;
        _dirtyJobs.Remove(job);
    }

    private void StopClock(LiveJob job)
    {
        if (job.ActiveSince is { } since)
        {
            job.ActiveSeconds += TimeSpan.FromTicks(_now.Uptime - since).TotalSeconds;
            job.ActiveSince = null;
        }
    }
}
