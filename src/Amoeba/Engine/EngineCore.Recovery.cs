using System.Text.Json;
using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Scheduling;

namespace Amoeba.Engine;

/// <summary>A job goes on where its last owner left it.</summary>
internal sealed partial class EngineCore
{
    private void OnTaken(JobTaken taken)
    {
        if (_jobs.TryGetValue(taken.Start.Record.Id, out var earlier))
        {
            _jobs.Remove(earlier.Id); // released before, and only its last children are still to go
        }

        var job = Add(taken.Start, taken.Epoch);
        Load(job, taken.Stored.Status);
        job.GoOn = taken.GoOn;
        job.Approval = taken.Approval;
        MarkDirty(job);
        _effects.Add(new JobAccepted(job.Id));
        if (job.HasEnded)
        {
            _effects.Add(new JobSettled(job.Id, job.State));
        }

        if (job.State is JobState.Running)
        {
            job.Move(JobState.Interrupted);
            job.Reason = "its parent died";
        }

        Rebuild(job, taken);
        if (job.State == JobState.AwaitingApproval)
        {
            RenewApproval(job);
        }
        else if (job.GoOn && !job.HasEnded)
        {
            GoOn(job);
        }

        StopIfStopping(job);
    }

    private static void Load(LiveJob job, JobStatusRecord status)
    {
        job.Load(status.State);
        job.Reason = status.Reason;
        if (status.DecisionJson is { } decision)
        {
            job.Decision = DecisionJson.Read(decision);
        }

        job.Width = Math.Max(1, status.Width);
        job.Started = status.Started;
        job.Finished = status.Finished;
        job.ActiveSeconds = status.ActiveSeconds;
        job.TaskSeconds = status.TaskSeconds;
        job.Tokens = status.Tokens;
        job.CostUsd = status.CostUsd;
        job.Reused = status.Reused;
        job.Retries = status.Retries;
        job.Used = status.Used;
        job.Output = status.Output;
        job.Progress = status.Progress;
    }

    /// <summary>Rebuilds the stages from what the store has of the tasks.</summary>
    private void Rebuild(LiveJob job, JobTaken taken)
    {
        foreach (var stage in job.Stages)
        {
            stage.Reset();
        }

        LoadFlows(job, taken.Flows);
        foreach (var mark in taken.Marks)
        {
            Count(job, mark);
            FindUnasked(job, mark, taken.Flows);
        }

        job.Total = PlanTasks(job);
        var again = new List<LiveTask>();
        foreach (var row in taken.Open)
        {
            var stage = job.StageOf(row.Ordinal);
            if (row.State is TaskState.Running or TaskState.Waiting)
            {
                again.Add(LiveTask.From(stage, row));
            }
            else if (stage.Plan.IsMerge && !job.HasEnded && job.Output.Place == OutputPlace.None)
            {
                stage.Ended--; // it is of before a retry, which the owner that allowed it did not live to finish
                stage.AnyFailed = false;
                again.Add(LiveTask.Again(stage, row));
            }
        }

        foreach (var task in again)
        {
            if (task.State == TaskState.Running && taken.Outliving.Contains(task.Ordinal))
            {
                TakeUp(task);
            }
            else if (task.State == TaskState.Running && taken.Unbegun.Contains(task.Ordinal))
            {
                task.KeepAttempt("it did not begin: its parent died");
                task.FirstInLine = true;
                Wait(task);
            }
            else if (task.State == TaskState.Running)
            {
                Lost(task);
            }
        }

        if (job.HasEnded)
        {
            LoadEnded(job, taken.Stored.Status);
            return;
        }

        AskForUnasked(job);
        OpenStages(job);
        foreach (var task in again)
        {
            if (task.State == TaskState.Waiting)
            {
                Requeue(task);
            }
        }
    }

    /// <summary>An ended job is held so that it can be retried: it keeps the figures with which it ended.</summary>
    private static void LoadEnded(LiveJob job, JobStatusRecord status)
    {
        job.Skipped = status.Counts.Skipped;
        // Items that still flowed in when it was ended early are cancelled with the rest.
        job.Cancelled = job.Total - job.Succeeded - job.Failed - job.Skipped;
        if (status.SkippedJson is null)
        {
            return;
        }

        using var skipped = JsonDocument.Parse(status.SkippedJson);
        foreach (var stage in job.Stages)
        {
            if (skipped.RootElement.TryGetProperty(stage.Plan.Id, out var reason))
            {
                stage.Skipped = reason.GetString();
                stage.SkipRest();
            }
        }
    }

    private static void Count(LiveJob job, TaskMark mark)
    {
        var stage = job.StageOf(mark.Ordinal);
        stage.MarkKnown(mark.Ordinal);
        if ((mark.Ordinal - stage.Plan.First) % stage.Plan.Batch != 0)
        {
            stage.Tasks++; // an item of a batch that was taken apart
        }

        if (!TaskLife.IsEnded(mark.State))
        {
            return;
        }

        stage.Ended++;
        stage.AnyFailed |= mark.State != TaskState.Succeeded;
        if (!stage.Plan.IsMerge)
        {
            job.Succeeded += mark.State == TaskState.Succeeded ? 1 : 0;
            job.Failed += mark.State == TaskState.Failed ? 1 : 0;
            job.Skipped += mark.State == TaskState.Skipped ? 1 : 0;
            job.Cancelled += mark.State == TaskState.Cancelled ? 1 : 0;
        }
    }

    /// <summary>
    /// An attempt outlived its parent: the child that its row names is there again, follows it, and counts as any that
    /// runs, whatever the caps say by now. Its time begins anew: the limit it has was set where it runs.
    /// </summary>
    private void TakeUp(LiveTask task)
    {
        var job = task.Stage.Job;
        var child = AddChild(job, task.Child!);
        Move(child, ChildState.Ready);
        Move(child, ChildState.Busy);
        task.Stage.Enter(task);
        Occupy(child, task, takesUp: true);
        MarkDirty(job);
        _effects.Add(new StartAttempt(
            new AttemptOrder(job.Id, task.Ordinal, task.Items, task.Attempt, child.Id) { TakesUp = true }));
    }

    /// <summary>
    /// Lets go of what outlives this parent: it runs on, its row says so, and the next parent takes it up.
    /// </summary>
    private void LeaveOutliving(LiveJob job)
    {
        for (var i = job.Children.Count - 1; i >= 0; i--)
        {
            var child = job.Children[i];
            if (!child.Outlives)
            {
                continue;
            }

            Unclaim(child);
            if (child.IsAtWork && TakeTask(child) is not null)
            {
                Leave(child);
            }
        }
    }

    /// <summary>
    /// Another parent owns the child's job. What a detached one left on disk may be the only word of a result that was
    /// refused here and counts there: it is not removed, however the child stands.
    /// </summary>
    private void HandOver(LiveChild child)
    {
        if (child.Cell != CellKind.Detached || child.State is ChildState.Spawning or ChildState.Gone)
        {
            Destroy(child);
            return;
        }

        var ordered = _effects.FindIndex(effect => effect is DestroyChild destroy && destroy.Child == child.Id);
        if (ordered >= 0)
        {
            _effects[ordered] = new LeaveChild(child.Id, child.Job.Id);
        }
        else if (child.State != ChildState.Destroying)
        {
            Leave(child);
        }
    }

    private void Leave(LiveChild child)
    {
        Move(child, ChildState.Destroying);
        CountLeaving(child, 1);
        _effects.Add(new LeaveChild(child.Id, child.Job.Id));
    }

    /// <summary>
    /// An attempt was lost with its parent. That is not the task's fault, unless it happens again and again.
    /// </summary>
    private void Lost(LiveTask task)
    {
        var job = task.Stage.Job;
        task.Losses = task.Losses > 0 && task.LossProgress == job.Progress ? task.Losses + 1 : 1;
        task.LossProgress = job.Progress;
        if (!task.Stage.Plan.Idempotent)
        {
            EndLost(task, UnknownOutcome("its parent died"));
        }
        else if (task.Losses >= options.MostLosses)
        {
            EndLost(task,
                $"its parent died {task.Losses} times in a row while it ran, with no result of the job recorded "
                + "in between; retry it when the cause is gone");
        }
        else
        {
            task.KeepAttempt("lost: its parent died");
            task.FirstInLine = true;
            Wait(task);
        }
    }

    /// <summary>Ends a task while its stages are not open yet.</summary>
    private void EndLost(LiveTask task, string error)
    {
        var stage = task.Stage;
        task.Error = error;
        task.Finished = _now.Wall;
        task.Move(TaskState.Failed);
        MarkDirty(task);
        stage.Ended++;
        stage.AnyFailed = true;
        stage.Job.Failed += stage.Plan.IsMerge ? 0 : 1;
    }

    private void Requeue(LiveTask task)
    {
        if (task.Stage.OpenSince is null)
        {
            task.Stage.Parked.Add(task);
            return;
        }

        var delay = task.NotBefore is { } due && due > _now.Wall ? due - _now.Wall : TimeSpan.Zero;
        if (delay == TimeSpan.Zero)
        {
            MakeReady(task);
            return;
        }

        // A clock that jumped back does not make a task wait for ever.
        var longest = Scheduling.Backoff.Longest * 2;
        _delayed.Enqueue(task, new DelayKey(_now.Uptime + (delay < longest ? delay : longest).Ticks, task.Ordinal));
    }

    private void OpenStages(LiveJob job)
    {
        foreach (var stage in job.Stages)
        {
            if (stage.NeedsLeft == 0 && stage.OpenSince is null && stage.Skipped is null)
            {
                Open(job, stage);
            }
        }
    }

    /// <summary>Runs a taken job on, unless what would run is no longer what was approved.</summary>
    private void GoOn(LiveJob job)
    {
        if (!IsAllowed(job))
        {
            Audit("amoeba", "ask", job.Id, job.Approval is null
                ? "what would run asks now, and did not when it began"
                : "what would run is no longer what was approved");
            if (job.State != JobState.Queued)
            {
                job.Move(JobState.Queued);
            }

            AskAnew(job);
            return;
        }

        Begin(job);
        if (job.Start.OnFailure == FailurePolicy.Stop && job.Failed > 0 && job.State == JobState.Running)
        {
            EndEarly(job, JobState.Failed, "the first failure ends it (on_failure: stop)");
        }
    }
}
