using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Scheduling;

namespace Amoeba.Engine;

/// <summary>What becomes of an attempt.</summary>
internal sealed partial class EngineCore
{
    private const int RetryPurpose = 1;
    private const int SpawnPurpose = 2;
    private const string ChildLost = "child lost: ";

    private void OnAttemptEnded(AttemptResult result)
    {
        if (!_children.TryGetValue(result.Order.Child, out var child)
            || !child.IsAtWork || child.Attempt != result.Order.Attempt
            || child.Task?.Ordinal != result.Order.Ordinal)
        {
            LateResults++;
            return;
        }

        if (result.End == AttemptEnd.Stalled)
        {
            result = result with { Error = child.StallError ?? result.Error };
        }

        if (child.SpawnSeconds > 0 && result.Figures is { } first)
        {
            result = result with { Figures = first with { Spawn = first.Spawn + child.SpawnSeconds } };
            child.SpawnSeconds = 0;
        }

        var given = child.Task;
        var task = TakeTask(child);
        if (child.State == ChildState.Draining)
        {
            Destroy(child);
        }
        else
        {
            Move(child, ChildState.Idle);
        }

        if (task is null)
        {
            LateResults++;
            KeepCancelled(given, result);
            Destroy(child); // its job gave the attempt up
            return;
        }

        Accept(task, result);
        if (child.Job.HasEnded || child.Job.State == JobState.Paused || _stopping
            || result.End == AttemptEnd.Stalled || result.IsLastOfChild
            || (CellCosts.StartsWithAttempt(child.Cell) && MayHaveStarted(result)))
        {
            Destroy(child);
        }
    }

    /// <summary>False of one that no worker was started for: its child has still to have its attempt.</summary>
    private static bool MayHaveStarted(AttemptResult result) =>
        result.End != AttemptEnd.Unasked && result.Figures?.Reused is null;

    /// <summary>The result carries the task's present attempt: it counts.</summary>
    private void Accept(LiveTask task, AttemptResult result)
    {
        var job = task.Stage.Job;
        task.Finished = _now.Wall;
        task.Output = result.Output;
        task.Figures = result.Figures;
        if (result.Figures is { } figures)
        {
            job.TaskSeconds += figures.Execution;
            Charge(job, figures);
            WarnOfBudget(job);
        }

        NoteEnd(task, result);
        switch (result.End)
        {
            case AttemptEnd.Succeeded:
                task.Error = null;
                if (result.Figures is { Reused: null } seen)
                {
                    task.Stage.Seen.Add(seen);
                }
                else if (result.Figures is not null && !task.Stage.Plan.IsMerge)
                {
                    job.Reused++; // it tells nothing of how long such a task takes
                }

                End(task, TaskState.Succeeded);
                break;
            case AttemptEnd.Stopped:
                AgainLater(task, result.Error);
                break;
            case AttemptEnd.Unasked:
                job.Unasked ??= result.Error;
                AgainLater(task, result.Error);
                break;
            default:
                Unsuccessful(task, result.Error ?? "failed without a reason", MayRetry(result), unknown: false);
                break;
        }
    }

    /// <summary>What an attempt used is paid for, whatever came of it.</summary>
    private static void Charge(LiveJob job, AttemptFigures figures)
    {
        job.Tokens += figures.Tokens;
        job.CostUsd += figures.CostUsd;
        job.Used = job.Used.With(figures);
    }

    /// <summary>The attempt was stopped with its job, which is owned here until its last child is gone.</summary>
    private void KeepCancelled(LiveTask task, AttemptResult result)
    {
        var job = task.Stage.Job;
        if (!job.IsLeaving)
        {
            return;
        }

        if (result.Figures is { } figures)
        {
            job.TaskSeconds += figures.Execution;
            Charge(job, figures);
            MarkDirty(job);
        }

        if (task.State == TaskState.Cancelled && task.Attempt == result.Order.Attempt)
        {
            // Who cancels because of what was written wants to look again.
            task.Output = result.Output;
            task.Figures = result.Figures;
            MarkDirty(task);
        }
    }

    private static bool MayRetry(AttemptResult result) => result.End switch
    {
        AttemptEnd.Hopeless => false,
        AttemptEnd.OverLimit => result.Error?.StartsWith("output", StringComparison.Ordinal) != true,
        _ => true,
    };

    /// <summary>We stopped it ourselves; that says nothing about the task.</summary>
    private void AgainLater(LiveTask task, string? why)
    {
        if (!task.Stage.Plan.Idempotent)
        {
            task.Error = UnknownOutcome("it was stopped");
            End(task, TaskState.Failed);
            return;
        }

        task.KeepAttempt(why);
        task.Output = OutputRef.None;
        Wait(task);
        task.FirstInLine = true;
        MakeReady(task);
    }

    private static string UnknownOutcome(string what) =>
        $"unknown outcome: {what} after it may have started, and it is not idempotent; retry it when you know";

    /// <summary>An attempt failed: again after a while, item by item, or not at all.</summary>
    /// <param name="task">The task, no longer counted as running.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="canRetry">Another attempt may go better.</param>
    /// <param name="unknown">Nobody saw how it ended.</param>
    private void Unsuccessful(LiveTask task, string error, bool canRetry, bool unknown)
    {
        task.Failures++;
        task.Finished = _now.Wall;
        task.Error = error;
        if (!task.Stage.Plan.Idempotent)
        {
            task.Error = unknown ? UnknownOutcome(error) : error;
            End(task, TaskState.Failed);
        }
        else if (task.Items > 1)
        {
            task.Stage.Job.Retries++;
            TakeApart(task);
        }
        else if (canRetry && task.Failures <= task.Stage.Plan.Retries)
        {
            task.Stage.Job.Retries++;
            task.KeepAttempt(error);
            var chance = Chance.Of(task.Stage.Job.Start.Record.Seed, task.Ordinal, task.Attempt, RetryPurpose);
            Delay(task, Backoff.After(task.Failures, chance));
        }
        else
        {
            task.Error = WithEvidence(task, error);
            End(task, TaskState.Failed);
        }
    }

    /// <summary>One that took child after child with it is given up, and says how many.</summary>
    private static string WithEvidence(LiveTask task, string error)
    {
        if (!error.StartsWith(ChildLost, StringComparison.Ordinal))
        {
            return error;
        }

        var before =
            task.Earlier.Count(attempt => attempt.Error?.StartsWith(ChildLost, StringComparison.Ordinal) == true);
        return before == 0 ? error : $"{error} (it is given up: {before + 1} children died at it)";
    }

    /// <summary>A batch that failed is tried again item by item, so that one bad item costs one item.</summary>
    private void TakeApart(LiveTask batch)
    {
        var stage = batch.Stage;
        var items = batch.Items;
        batch.KeepAttempt(batch.Error);
        batch.Items = 1;
        batch.Failures = 0;
        batch.Output = OutputRef.None;
        Wait(batch);
        MakeReady(batch);
        for (var item = 1; item < items; item++)
        {
            var task = new LiveTask(stage, batch.Ordinal + item, 1);
            MarkDirty(task);
            MakeReady(task);
        }

        stage.Tasks += items - 1;
        stage.Job.Total += stage.Plan.IsMerge ? 0 : items - 1;
    }

    private void Wait(LiveTask task)
    {
        task.Move(TaskState.Waiting);
        MarkDirty(task);
    }

    private void Delay(LiveTask task, TimeSpan delay)
    {
        task.NotBefore = _now.Wall + delay;
        Leave(task);
        Wait(task);
        _delayed.Enqueue(task, new DelayKey(_now.Uptime + delay.Ticks, task.Ordinal));
    }

    private void FireDelayed()
    {
        while (_delayed.TryPeek(out var task, out var due) && due.Due <= _now.Uptime)
        {
            _delayed.Dequeue();
            if (task.State == TaskState.Waiting && _jobs.TryGetValue(task.Stage.Job.Id, out var job)
                && job == task.Stage.Job && !job.HasEnded)
            {
                MakeReady(task);
            }
        }
    }

    /// <summary>A task ends for good; what waited for its stage may go on.</summary>
    private void End(LiveTask task, TaskState state)
    {
        var stage = task.Stage;
        var job = stage.Job;
        task.Move(state);
        MarkDirty(task);
        if (state == TaskState.Succeeded)
        {
            Yield(task);
        }

        stage.Ended++;
        stage.AnyFailed |= state == TaskState.Failed;
        job.Progress++;
        if (!stage.Plan.IsMerge)
        {
            job.Succeeded += state == TaskState.Succeeded ? 1 : 0;
            job.Failed += state == TaskState.Failed ? 1 : 0;
        }
        else if (state == TaskState.Succeeded)
        {
            job.Output = task.Output;
        }

        if (state == TaskState.Failed && job.Start.OnFailure == FailurePolicy.Stop
            && JobLife.May(job.State, JobState.Failed))
        {
            EndEarly(job, JobState.Failed, $"the first failure ends it (on_failure: stop): {task.Error}");
            return;
        }

        Leave(task);
        if (stage.HasEnded)
        {
            StageEnded(job, stage);
        }
        else
        {
            Reconsider(job);
        }
    }

    /// <summary>
    /// Opens or skips what needed this stage. Iterative, because a chain of empty stages may be long.
    /// </summary>
    private void StageEnded(LiveJob job, LiveStage stage)
    {
        if (stage.EndIsTold)
        {
            return;
        }

        stage.EndIsTold = true;
        _endedStages.Enqueue(stage);
        if (_endedStages.Count > 1)
        {
            return; // further up, the loop below is at it
        }

        while (_endedStages.TryPeek(out var ended))
        {
            foreach (var index in ended.Dependents)
            {
                var dependent = job.Stages[index];
                dependent.BlockedBy ??= ended.Broken?.Plan.Id;

                if (--dependent.NeedsLeft == 0)
                {
                    Open(job, dependent);
                }
            }

            EndFlows(job, ended);
            _endedStages.Dequeue();
        }

        TryFinish(job);
    }

    private void Open(LiveJob job, LiveStage stage)
    {
        if (stage.BlockedBy is { } blocker && !stage.Plan.IsMerge)
        {
            stage.Skipped = $"skipped: it needs {blocker}, which did not succeed";
            job.Skipped += stage.SkipRest();
            foreach (var task in stage.Parked)
            {
                task.Move(TaskState.Skipped); // it ran before a retry, so that its row does not follow from the stage
                MarkDirty(task);
            }

            stage.Parked.Clear();
            StageEnded(job, stage);
            return;
        }

        stage.OpenSince = _now.Uptime;
        stage.Parked.ForEach(Requeue);
        stage.Parked.Clear();
        if (stage.HasEnded)
        {
            StageEnded(job, stage);
        }
        else if (!stage.AtEnd)
        {
            job.Filling.Add(stage);
        }
    }
}
