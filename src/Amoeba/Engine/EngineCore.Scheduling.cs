using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Engine.State;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Engine;

/// <summary>What starts next, and where.</summary>
internal sealed partial class EngineCore
{
    /// <summary>Starts everything that may start now: a child before a claim, one claim a child.</summary>
    private void Schedule()
    {
        if (_stopping)
        {
            return;
        }

        for (var i = 0; i < _ordered.Count; i++)
        {
            Refill(_ordered[i]);
            StopAtBudget(_ordered[i]);
        }

        Shed();
        StartWhatMay();
        AskForTurns();
        SayWaits();
    }

    private void StartWhatMay()
    {
        while (Best() is { } best)
        {
            if (best.Job.Idle.Count > 0)
            {
                Claim(best.Job, best.Task, ChildFor(best.Job, best.Task));
                Refill(best.Job);
            }
            else if (!MakeChild(best.Job))
            {
                return;
            }
        }
    }

    /// <summary>
    /// Lets idle children go while there are more than the lease allows: another parent waits for their place.
    /// </summary>
    private void Shed()
    {
        for (var i = _ordered.Count - 1; i >= 0 && (IsOver(heavy: false) || IsOver(heavy: true)); i--)
        {
            for (var idle = _ordered[i].Idle; idle.Count > 0 && IsOver(idle[^1].IsHeavy);)
            {
                Destroy(idle[^1]);
            }
        }
    }

    private bool IsOver(bool heavy) => heavy
        ? _inUse.Heavy - _heavyLeaving > _lease.Heavy
        : _inUse.Light - _leaving > _lease.Light;

    /// <summary>
    /// The job whose first ready task should start now, and that has a child for it or may make one. While a task that
    /// is overdue waits, nothing that is not due before it takes its memory: smaller tasks would keep it out for ever.
    /// With what <see cref="Least"/> says beyond what is in use there always is one, unless what was said was a program
    /// alone: the rest is said once that is granted.
    /// </summary>
    private (LiveJob Job, LiveTask Task)? Best()
    {
        var best = Best(long.MaxValue, 0, out var waiting, out var kept);
        // Again without those that have to wait for it: one of them may stand before one that does not.
        return waiting == long.MaxValue ? best : Best(waiting, kept, out _, out _);
    }

    /// <param name="before">What is not due before this leaves <paramref name="keep"/> bytes alone.</param>
    /// <param name="keep">Bytes.</param>
    /// <param name="waiting">When the most overdue was due that waits; <see cref="long.MaxValue"/> for none.</param>
    /// <param name="kept">What that needs, bytes.</param>
    private (LiveJob Job, LiveTask Task)? Best(long before, long keep, out long waiting, out long kept)
    {
        (LiveJob Job, LiveTask Task)? best = null;
        var bestScore = long.MaxValue;
        var programs = MayStartProgram;
        (waiting, kept, _short) = (long.MaxValue, 0, default);
        for (var i = 0; i < _ordered.Count; i++)
        {
            var job = _ordered[i];
            if (First(job, programs, out var key) is not { } task)
            {
                continue;
            }

            var hasMemory = HasMemoryFor(task.Stage.Plan);
            if (!hasMemory || !HasOrMayMakeChild(job))
            {
                if (hasMemory)
                {
                    CountShort(job);
                }

                if (key.Due < Math.Min(_now.Uptime, waiting) || (key.Due == waiting && task.Stage.Plan.Memory > kept))
                {
                    waiting = key.Due;
                    kept = task.Stage.Plan.Memory;
                }

                continue;
            }

            if (key.Due >= before && _inUse.Memory + task.Stage.Plan.Memory + keep > _lease.Memory)
            {
                continue;
            }

            var score = key.Due + job.Running * Urgency.RunningCounts.Ticks;
            if (best is null || score < bestScore)
            {
                best = (job, task);
                bestScore = score;
            }
        }

        return best;
    }

    /// <summary>
    /// The job's first ready task, unless something keeps it back that is the job's own: its width, its budget, a task
    /// that was allowed under other caps, a child that it may not make yet. What it still lacks then is what is shared.
    /// </summary>
    private LiveTask? First(LiveJob job, bool programs, out ReadyKey key)
    {
        key = default;
        return job.ReadyCount > 0 && job.MayStart && job.Running < WidthNow(job)
            && (job.Coming > 0 || job.Idle.Count > 0 || HasRoomForChild(job))
            && job.Peek(programs, out key) is { } task
            && task.Stage.Plan.Memory <= options.Caps.Memory && HasBudgetFor(job, task)
            ? task
            : null;
    }

    /// <summary>Children at once that the job may have in this zone; a job that runs keeps at least one.</summary>
    private int WidthNow(LiveJob job) => _widthShare >= 1
        ? job.Width
        : Math.Max(1, (int)(job.Width * _widthShare));

    private bool HasMemoryFor(StagePlan plan) =>
        _inUse.Memory + plan.Memory <= _lease.Memory && MachineHas(plan.Memory);

    private bool MachineHas(long memory) => _inUse.Memory == 0 || _freeMemory - memory >= options.ReservedMemory;

    private bool HasOrMayMakeChild(LiveJob job) =>
        job.Idle.Count > 0
        || (HasRoomForChild(job) && HasTurn(job));

    private bool HasRoomForChild(LiveJob job) => !_frozen && _now.Uptime >= job.SpawnNotBefore
        && job.Running + job.Coming < WidthNow(job) && job.Coming < job.ReadyCount;

    private int MostChildren(LiveJob job) => IsHeavy(job) ? options.Caps.Heavy : options.Caps.Light;

    private static bool IsHeavy(LiveJob job) => CellCosts.IsHeavy(CellOf(job));

    /// <summary>
    /// Makes a child for the job; at the cap, lets an idle child of another job go instead, whose place this job gets
    /// when it is gone.
    /// </summary>
    /// <returns>True where a child was made.</returns>
    private bool MakeChild(LiveJob job)
    {
        var heavy = IsHeavy(job);
        var (used, leaving, most) = heavy
            ? (_inUse.Heavy, _heavyLeaving, _lease.Heavy)
            : (_inUse.Light, _leaving, _lease.Light);
        if (used >= most)
        {
            if (used - leaving >= most
                && _ordered.Find(
                    other => other != job && other.Idle.Count > 0 && other.Idle[^1].IsHeavy == heavy) is { } other)
            {
                Destroy(other.Idle[^1]);
            }

            return false;
        }

        TurnsOf(job)?.Use();
        var id = NextChildId(job);
        EndWait(job);
        _goneChildren.Remove(id); // it was said to wait
        job.ChildrenMade++;
        AddChild(job, id);
        job.Coming++;
        return true;
    }

    private static string NextChildId(LiveJob job) => $"{job.Id}-e{job.Epoch}c{job.ChildrenMade + 1}";

    private LiveChild AddChild(LiveJob job, string id)
    {
        var child = new LiveChild(id, job, CellOf(job), _now.Wall) { Asked = _now.Uptime };
        job.Children.Add(child);
        _children.Add(child.Id, child);
        CountInUse(child, 1);
        MarkDirty(child);
        _effects.Add(new SpawnChild(new ChildSpec(child.Id, job.Id), child.Cell));
        return child;
    }

    private static CellKind CellOf(LiveJob job) =>
        job.Decision.Cell == CellKind.Auto ? CellKind.Thread : job.Decision.Cell;

    private void Claim(LiveJob job, LiveTask task, LiveChild child)
    {
        job.Dequeue(task);
        var plan = task.Stage.Plan;
        task.Stage.Ready--;
        task.Move(TaskState.Running);
        task.Attempt++;
        task.Child = child.Id;
        task.Started = _now.Wall;
        task.Finished = null;
        task.NotBefore = null;
        task.FirstInLine = false;
        Move(child, ChildState.Busy);
        child.IsUnreleased = true;
        _unreleased.Add(child);
        Occupy(child, task, takesUp: false);
        MarkDirty(task);
        _started++;
        _effects.Add(new StartAttempt(new AttemptOrder(job.Id, task.Ordinal, task.Items, task.Attempt, child.Id)));
    }

    /// <summary>The child holds the task, and what its attempt takes of the caps.</summary>
    private void Occupy(LiveChild child, LiveTask task, bool takesUp)
    {
        var job = task.Stage.Job;
        var plan = task.Stage.Plan;
        child.Task = task;
        child.Attempt = task.Attempt;
        child.IsToldToEnd = false;
        child.Group = task.Stage.GroupOf(task) is { } group ? (task.Stage.Index, group) : null;
        child.Deadline = plan.Timeout > TimeSpan.Zero ? _now.Uptime + plan.Timeout.Ticks : long.MaxValue;
        child.HoldsProgram = plan.Program;
        child.HoldsMemory = plan.Memory;
        child.HoldsSpend = task.Stage.Expected;
        job.MemoryInUse += child.HoldsMemory;
        job.Expected += child.HoldsSpend;
        child.WarnBefore = plan.Timeout.Ticks - (long)(plan.Timeout.Ticks * NearLimit.Share);
        _nextDeadline = Math.Min(_nextDeadline, child.NextDeadline);
        WatchForStall(child, plan.Stall, isThere: takesUp || !child.Outlives);
        _inUse = _inUse with
        {
            Programs = _inUse.Programs + (plan.Program ? 1 : 0),
            Memory = _inUse.Memory + plan.Memory,
        };
        job.Running++;
        job.MergeRunning += plan.IsMerge ? 1 : 0;
        StartClock(job);
    }

    private void StartClock(LiveJob job)
    {
        job.Started ??= _now.Wall;
        job.ActiveSince ??= _now.Uptime;
    }

    /// <summary>Fills the windows of a job's open stages from their cursors.</summary>
    private void Refill(LiveJob job)
    {
        if (!job.MayStart)
        {
            return;
        }

        for (var i = job.Filling.Count - 1; i >= 0; i--)
        {
            var stage = job.Filling[i];
            if (stage.Ready >= options.Window / 2)
            {
                continue; // each stage by itself: a full one does not hide an urgent one
            }

            while (stage.Ready < options.Window && stage.Next() is { } task)
            {
                MakeReady(task);
            }

            if (stage.AtEnd)
            {
                job.Filling.RemoveAt(i);
            }
        }
    }

    private void MakeReady(LiveTask task)
    {
        var stage = task.Stage;
        if (!stage.Enter(task))
        {
            return; // another of its group is out
        }

        var seconds = stage.SecondsOf(task);
        long? deadline = stage.Plan.Deadline is { } wall ? _now.Uptime + (wall - _now.Wall).Ticks : null;
        var due = task.FirstInLine
            ? Urgency.FirstInLine
            : Urgency.Due(stage.OpenSince ?? _now.Uptime, stage.Plan.Priority, deadline, seconds);
        stage.Ready++;
        stage.Job.Enqueue(task, new ReadyKey(due, seconds, task.Ordinal));
    }
}
