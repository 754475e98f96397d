using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Engine;

/// <summary>
/// The engine: events in, new state and effects out. One thread, no I/O, no clock. After every event it starts whatever
/// may start, so that where a batch of events is cut changes nothing.
/// </summary>
internal sealed partial class EngineCore(EngineOptions options)
{
    private readonly Dictionary<string, LiveJob> _jobs = [];
    private readonly List<LiveJob> _ordered = [];
    private readonly Dictionary<string, LiveChild> _children = [];
    private readonly List<Effect> _effects = [];
    private readonly List<LiveTask> _dirtyTasks = [];
    private readonly List<LiveJob> _dirtyJobs = [];
    private readonly List<LiveChild> _dirtyChildren = [];
    private readonly List<string> _goneChildren = [];
    private readonly List<ApprovalRecord> _approvals = [];
    private readonly List<AuditRecord> _audits = [];
    private readonly List<RequestRecord> _answered = [];
    private readonly PriorityQueue<LiveTask, DelayKey> _delayed = new();

    private Moment _now;
    private Lease _lease = options.Lease;
    private Lease _inUse;
    private long _freeMemory = long.MaxValue;
    private double _widthShare = 1;
    private bool _frozen;
    private bool _stopping;
    private long _stopDue = long.MaxValue;
    private long _nextDeadline = long.MaxValue;

    /// <summary>Sees every transition of every child; for those who look whether all that are drawn are made.</summary>
    public Action<ChildState, ChildState>? Moved { get; init; }

    /// <summary>Effects of the steps since they were last taken, in order.</summary>
    public List<Effect> Effects => _effects;

    public IReadOnlyList<LiveJob> Jobs => _ordered;

    public IReadOnlyDictionary<string, LiveChild> Children => _children;

    /// <summary>What the running attempts and the children use of the caps.</summary>
    public Lease InUse => _inUse;

    /// <summary>
    /// Results that came too late, twice, or from children that are no more; counted and otherwise ignored.
    /// </summary>
    public long LateResults { get; private set; }

    /// <summary>Nothing is owned and no child is left.</summary>
    public bool IsEmpty => _jobs.Count == 0 && _children.Count == 0;

    /// <summary>The job is this parent's to answer for.</summary>
    public bool Owns(string job) => _jobs.TryGetValue(job, out var live) && !live.Released;

    /// <summary>
    /// Takes one event. Everything that follows from it is in the state and in <see cref="Effects"/>.
    /// </summary>
    public void Step(in Moment now, EngineEvent happened)
    {
        _now = now;
        switch (happened)
        {
            case AttemptEnded ended: OnAttemptEnded(ended.Result); break;
            case AttemptBegan began: OnAttemptBegan(began.Order); break;
            case AttemptWaits waits: OnAttemptWaits(waits); break;
            case AttemptWarned warned: OnAttemptWarned(warned); break;
            case ProgressSeen seen: OnProgressSeen(seen); break;
            case ChildReady ready: OnChildReady(ready); break;
            case ChildGone gone: OnChildGone(gone); break;
            case ChildFailed failed: OnChildFailed(failed); break;
            case JobSubmitted submitted: OnSubmitted(submitted.Start); break;
            case JobTaken taken: OnTaken(taken); break;
            case JobAsked asked: OnAsked(asked); break;
            case JobLost lost: OnLost(lost.Job); break;
            case ItemsYielded yielded: OnYielded(yielded); break;
            case MergeEnded merged: OnMerged(merged); break;
            case LeaseChanged lease: _lease = lease.Lease; break;
            case TurnsGiven given: TurnsOf(given.Kind).Give(_now.Uptime, given.After); break;
            case MachineSeen machine: OnMachine(machine); break;
            case StopRequested stop: OnStop(stop.Grace, stop.Now); break;
            case TimePassed: break;
            default: throw new InvalidOperationException($"The engine does not know {happened.GetType().Name}.");
        }

        FireTimers(happened is TimePassed);
        Schedule();
    }

    /// <summary>When <see cref="TimePassed"/> is due, ticks of uptime; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue()
    {
        var due = Math.Min(Math.Min(_nextDeadline, _nextLook), _stopDue);
        if (_delayed.TryPeek(out _, out var first))
        {
            due = Math.Min(due, first.Due);
        }

        foreach (var job in _ordered)
        {
            due = Math.Min(due, Math.Min(job.ApprovalDue, TimeBudgetDue(job)));
            if (job.SpawnNotBefore > _now.Uptime && job.MayStart)
            {
                due = Math.Min(due, job.SpawnNotBefore);
            }

            if (job.MayStart && job.ReadyCount > 0 && TurnsOf(job) is { } turns)
            {
                due = Math.Min(due, turns.NextAfter(_now.Uptime));
            }
        }

        return due;
    }

    private void OnMachine(MachineSeen machine)
    {
        _freeMemory = machine.FreeMemory;
        var was = _widthShare;
        _widthShare = machine.WidthShare;
        if (was != _widthShare)
        {
            _ordered.ForEach(SayHeldBack);
        }

        // A look comes about every second: what a kill of this parent makes a job forget of
        // its time is no more than that.
        foreach (var job in _ordered)
        {
            if (job.ActiveSince is not null && !job.Released)
            {
                MarkDirty(job);
            }
        }
    }

    /// <summary>Who waits because of the machine's zone is told so.</summary>
    private void SayHeldBack(LiveJob job)
    {
        if (job.State != JobState.Running || job.Width == 1)
        {
            return;
        }

        job.WasHeldBack |= _widthShare < 1;
        job.Reason = _widthShare < 1
            ? $"held back to {WidthNow(job)} of {job.Width} children, because the machine is busy (zones)"
            : null;
        MarkDirty(job);
    }

    /// <param name="allHeard">
    /// Everything that happened before was told: who is late by the clock may have said
    /// before that it waits, or is done.
    /// </param>
    private void FireTimers(bool allHeard)
    {
        FireDelayed();
        if (allHeard && _now.Uptime >= _nextDeadline)
        {
            FireDeadlines();
        }

        if (allHeard && _now.Uptime >= _nextLook)
        {
            FireLooks();
        }

        if (_now.Uptime >= _stopDue)
        {
            _stopDue = long.MaxValue;
            StopRunning(StopReason.Interrupted, options.KillGrace);
        }

        for (var i = 0; i < _ordered.Count; i++)
        {
            if (_now.Uptime >= _ordered[i].ApprovalDue)
            {
                ExpireApproval(_ordered[i]);
            }

            if (_now.Uptime >= TimeBudgetDue(_ordered[i]))
            {
                OnTimeBudget(_ordered[i]);
            }
        }
    }
}
