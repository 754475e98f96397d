using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Engine;

/// <summary>Children come, work and go.</summary>
internal sealed partial class EngineCore
{
    /// <summary>Light children that are being taken down; what they hold comes free by itself.</summary>
    private int _leaving;

    /// <summary>Likewise heavy ones.</summary>
    private int _heavyLeaving;

    private void OnChildReady(ChildReady ready)
    {
        if (!_children.TryGetValue(ready.Child, out var child) || child.State != ChildState.Spawning)
        {
            return; // given up before it came up; its Gone follows
        }

        child.Pid = ready.Pid;
        child.SpawnSeconds = child.IsHeavy ? TimeSpan.FromTicks(_now.Uptime - child.Asked).TotalSeconds : 0;
        child.Job.Coming--;
        Move(child, ChildState.Ready);
        if (!CellCosts.StartsWithAttempt(child.Cell))
        {
            CameUp(child.Job);
        }

        if (child.Job.HasEnded || child.Job.Released || child.Job.State == JobState.Paused || _stopping)
        {
            Destroy(child);
        }
    }

    private void OnAttemptBegan(AttemptOrder order)
    {
        if (!_children.TryGetValue(order.Child, out var child) || child.Attempt != order.Attempt)
        {
            return; // of an attempt that is over
        }

        CameUp(child.Job);
        if (child.IsAtWork && child.Task?.Ordinal == order.Ordinal)
        {
            BeginWatch(child);
        }
    }

    /// <summary>What the others that did not come up lacked is there.</summary>
    private void CameUp(LiveJob job)
    {
        job.Lacks = null; // with this one it goes on
        if (job.SpawnFailures.InARow > 0)
        {
            job.SpawnFailures.CameUp();
            job.Reason = job.State == JobState.Running ? null : job.Reason;
            MarkDirty(job);
        }
    }

    private void OnAttemptWaits(AttemptWaits waits)
    {
        if (!_children.TryGetValue(waits.Order.Child, out var child) || !child.IsAtWork
            || child.Attempt != waits.Order.Attempt || child.Task?.Ordinal != waits.Order.Ordinal)
        {
            return; // of an attempt that is over
        }

        if (child.Wait(waits.What, waits.Until, waits.At))
        {
            _nextDeadline = Math.Min(_nextDeadline, child.NextDeadline);
            _nextLook = Math.Min(_nextLook, child.Stall?.Due ?? long.MaxValue);
            MarkDirty(child);
        }
    }

    private void OnChildFailed(ChildFailed failed)
    {
        if (!_children.TryGetValue(failed.Child, out var child)
            || child.State is ChildState.Failed or ChildState.Destroying)
        {
            return;
        }

        Unclaim(child);
        var wasComing = child.State == ChildState.Spawning;
        var stall = child.StallError;
        var given = child.Task;
        var task = TakeTask(child);
        NoteLoss(child, given, task is not null, failed.Loss, stall);
        Move(child, ChildState.Failed);
        Destroy(child);
        if (failed.Loss.IsDead)
        {
            FreeSlot(child);
        }

        if (task is not null && failed.Loss.NeverBegan)
        {
            Unbegun(task, failed.Loss.Reason);
            SpawnFailed(child.Job, failed.Loss);
        }
        else if (task is not null)
        {
            CountLost(task, child, failed.Loss.Figures);
            Unsuccessful(task, stall ?? ChildLost + failed.Loss.Reason, canRetry: true, unknown: true);
        }
        else if (wasComing)
        {
            child.Job.Coming--;
            SpawnFailed(child.Job, failed.Loss);
        }
    }

    /// <summary>
    /// The task waits again as one that was never tried. The attempt's number is spent all the same: by it a worker
    /// that comes late is told from the next one.
    /// </summary>
    private void Unbegun(LiveTask task, string reason)
    {
        task.KeepAttempt($"it did not begin: {reason}");
        Wait(task);
        MakeReady(task);
    }

    /// <summary>What is known of an attempt that was lost is told of it, and paid for, as of any other.</summary>
    private static void CountLost(LiveTask task, LiveChild child, AttemptFigures? known)
    {
        if (known is null)
        {
            return;
        }

        var figures = known with { Spawn = known.Spawn + child.SpawnSeconds };
        task.Figures = figures;
        task.Stage.Job.TaskSeconds += figures.Execution;
        Charge(task.Stage.Job, figures);
    }

    /// <summary>
    /// A death before ready counts against restart intensity; beyond it the job gives up, with the evidence. Where the
    /// machine lacks something that is no failure of the job: it stops, to be gone on with when that is there.
    /// </summary>
    private void SpawnFailed(LiveJob job, ChildLoss loss)
    {
        var reason = loss.Reason;
        if (job.HasEnded)
        {
            return;
        }

        if (job.SpawnFailures.Exceeded(_now.Uptime))
        {
            if (loss.IsLack)
            {
                job.Lacks = reason;
                return;
            }

            EndEarly(job, JobState.Failed,
                $"children cannot be started: {RestartIntensity.Most + 1} failed "
                + (job.SpawnFailures.Recent > RestartIntensity.Most
                    ? $"within {RestartIntensity.Period.TotalSeconds:0} s"
                    : "in a row")
                + $", the last with: {reason}");
            return;
        }

        if (job.State == JobState.Running)
        {
            job.Reason =
                $"a child could not be started ({job.SpawnFailures.InARow} in a row), another is tried: {reason}";
            MarkDirty(job);
        }

        var chance = Chance.Of(job.Start.Record.Seed, job.ChildrenMade, 0, SpawnPurpose);
        job.SpawnNotBefore = _now.Uptime + Backoff.After(job.SpawnFailures.Recent, chance).Ticks;
    }

    private void OnChildGone(ChildGone gone)
    {
        if (!_children.Remove(gone.Child, out var child))
        {
            return;
        }

        var job = child.Job;
        Unclaim(child);
        var stall = child.StallError;
        if (TakeTask(child) is { } task)
        {
            var loss = new ChildLoss("it went without a word");
            NoteLoss(child, task, counts: true, loss, stall);
            Unsuccessful(task, stall ?? ChildLost + loss.Reason, canRetry: true, unknown: true);
        }

        if (child.State == ChildState.Spawning)
        {
            job.Coming--;
        }

        FreeSlot(child);
        if (child.State is not (ChildState.Destroying or ChildState.Failed))
        {
            Move(child, ChildState.Failed); // nobody asked it to go
        }

        Move(child, ChildState.Gone);
        job.Children.Remove(child);
        Settle(job);
    }

    /// <summary>
    /// Gives back what the child holds of the caps, and its row. One that is dead has no more to say than that it is
    /// gone, and with its failure in one commit its slot is free a flush of the disk sooner.
    /// </summary>
    private void FreeSlot(LiveChild child)
    {
        if (child.IsFree)
        {
            return;
        }

        child.IsFree = true;
        CountLeaving(child, child.State == ChildState.Destroying ? -1 : 0);
        CountInUse(child, -1);
        _goneChildren.Add(child.Id);
    }

    private void Destroy(LiveChild child)
    {
        if (child.State is ChildState.Destroying or ChildState.Gone)
        {
            return;
        }

        if (child.State == ChildState.Spawning)
        {
            child.Job.Coming--;
        }

        Move(child, ChildState.Destroying);
        CountLeaving(child, 1);
        _effects.Add(new DestroyChild(child.Id, child.Job.Id));
    }

    private void CountLeaving(LiveChild child, int change)
    {
        _leaving += child.IsHeavy ? 0 : change;
        _heavyLeaving += child.IsHeavy ? change : 0;
    }

    private void CountInUse(LiveChild child, int change) => _inUse = child.IsHeavy
        ? _inUse with { Heavy = _inUse.Heavy + change }
        : _inUse with { Light = _inUse.Light + change };

    /// <summary>Takes the task off a child and gives back what the attempt held of the caps.</summary>
    private LiveTask? TakeTask(LiveChild child)
    {
        _inUse = _inUse with
        {
            Programs = _inUse.Programs - (child.HoldsProgram ? 1 : 0),
            Memory = _inUse.Memory - child.HoldsMemory,
        };
        child.HoldsProgram = false;
        child.Job.MemoryInUse -= child.HoldsMemory;
        child.Job.Expected -= child.HoldsSpend;
        child.HoldsMemory = 0;
        child.HoldsSpend = default;
        if (child.EndWait())
        {
            MarkDirty(child);
        }

        var task = child.Task;
        child.Task = null;
        if (task is null || task.State != TaskState.Running || task.Attempt != child.Attempt)
        {
            return null; // it was given up, and perhaps runs elsewhere by now
        }

        LeaveRunning(task);
        return task;
    }

    /// <summary>Takes back a claim that no commit has yet: the attempt never was.</summary>
    private void Unclaim(LiveChild child)
    {
        if (!child.IsUnreleased || TakeTask(child) is not { } task)
        {
            return;
        }

        child.IsUnreleased = false;
        _unreleased.Remove(child);
        _effects.RemoveAll(effect => effect is StartAttempt start && start.Order.Child == child.Id);
        Move(child, ChildState.Idle);
        task.Attempt--;
        _started--;
        Wait(task);
        MakeReady(task);
    }

    private static void LeaveRunning(LiveTask task)
    {
        task.Stage.Job.Running--;
        task.Stage.Job.MergeRunning -= task.Stage.Plan.IsMerge ? 1 : 0;
    }

    private void Move(LiveChild child, ChildState to)
    {
        var waited = child.State is ChildState.Ready or ChildState.Idle;
        var busy = (child.State is ChildState.Busy || to is ChildState.Busy) && to is not ChildState.Draining;
        Moved?.Invoke(child.State, to);
        child.Move(to);
        var waits = to is ChildState.Ready or ChildState.Idle;
        if (waits && !waited)
        {
            child.Job.Idle.Add(child);
        }
        else if (waited && !waits)
        {
            child.Job.Idle.Remove(child);
        }

        if (!busy)
        {
            MarkDirty(child); // busy and idle are told by the tasks' rows
        }
    }

    /// <summary>Asks every attempt that runs to end, the youngest child first.</summary>
    private void StopRunning(StopReason reason, TimeSpan grace, bool toldToo = false)
    {
        for (var i = _ordered.Count - 1; i >= 0; i--)
        {
            StopRunning(_ordered[i], reason, grace, toldToo);
        }
    }

    /// <param name="job">The job.</param>
    /// <param name="reason">Why.</param>
    /// <param name="grace">Until the force.</param>
    /// <param name="toldToo">Also what was told to end before, whose grace this may shorten.</param>
    private void StopRunning(LiveJob job, StopReason reason, TimeSpan grace, bool toldToo = false)
    {
        for (var i = job.Children.Count - 1; i >= 0; i--)
        {
            if (job.Children[i] is { IsAtWork: true } child && (toldToo || !child.IsToldToEnd))
            {
                TellToEnd(child, reason, grace);
            }
        }
    }

    private void TellToEnd(LiveChild child, StopReason reason, TimeSpan grace)
    {
        child.IsToldToEnd = true;
        if (reason is StopReason.Cancelled or StopReason.Interrupted or StopReason.Stalled)
        {
            Drain(child);
        }

        _effects.Add(new StopAttempt(child.Id, child.Job.Id, reason, grace));
    }

    /// <summary>
    /// It goes when its attempt has ended: its job ends or stops, or it is stuck. A claim that no commit has yet can
    /// still be taken back, and then it is idle.
    /// </summary>
    private void Drain(LiveChild child)
    {
        if (child is { State: ChildState.Busy, IsUnreleased: false })
        {
            Move(child, ChildState.Draining);
        }
    }
}
