using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Cells.Workers;

/// <summary>
/// A child in a worker process. Its attempts are run here up to the tool, which the worker does. It is there until the
/// worker's whole tree has gone; what is told of it then is its last word.
/// </summary>
internal sealed class WorkerChild : IChild, IChildEvents
{
    /// <summary>Between the force that ends a task and the end of a worker that does not obey.</summary>
    private static readonly TimeSpan Obeying = TimeSpan.FromMilliseconds(500);

    /// <summary>For a worker that has nothing to do to go by itself.</summary>
    private static readonly TimeSpan Leaving = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly WorkerCell _cell;
    private readonly ChildSpec _spec;
    private readonly IChildEvents _events;
    private readonly AttemptChild _attempts;
    private readonly WorkerComplaints _complaints;
    private WorkerLink? _link;
    private IWorkerRun? _run;
    private ITimer? _timer;
    private ITimer? _disobedience;
    private Hello? _hello;
    private string? _reason;
    private bool _byParent;
    private long _heard;
    private long _obeysBy;
    private int _missed;
    private int _unanswered;
    private long _pinged;
    private bool _busy;
    private bool _spent;
    private bool _isBroken;
    private bool _disobeyed;
    private bool _destroyed;
    private bool _failed;
    private bool _isLack;
    private bool _processGone;
    private bool _attemptsGone;
    private bool _gone;

    public WorkerChild(WorkerCell cell, ChildSpec spec, IChildEvents events)
    {
        (_cell, _spec, _events) = (cell, spec, events);
        _attempts = new AttemptChild(spec.Id, cell.Runner.With(Place), this);
        _complaints = new WorkerComplaints(_attempts.Masked);
    }

    public void Start(AttemptOrder order)
    {
        lock (_gate) _busy = true;
        _complaints.Forget();
        _attempts.Start(order);
    }

    public long Progress => _attempts.Progress;

    public void Stop(StopReason reason, TimeSpan grace)
    {
        _attempts.Stop(reason, grace);
        lock (_gate)
        {
            if (_busy && !_destroyed) ExpectObedience(grace > TimeSpan.Zero ? grace + Obeying : Obeying);
        }
    }

    public void Destroy()
    {
        IWorkerRun? run;
        bool idle;
        lock (_gate)
        {
            if (_destroyed) return;
            _destroyed = true;
            idle = !_busy && _hello is not null;
            run = _run;
            // Nothing is lost with one that has no task; still it may put its own house in order.
            if (idle && run is not null)
                _timer = _cell.Runner.Time.CreateTimer(_ => run.Kill(), null, Leaving, Timeout.InfiniteTimeSpan);
        }

        if (idle) _link?.Say(FrameKind.Drain);
        else run?.Kill();
        _attempts.Destroy();
        SayGone();
    }

    /// <summary>Starts the worker; what comes of it is told.</summary>
    internal void Launch()
    {
        bool unwanted;
        lock (_gate) unwanted = _destroyed;
        if (unwanted)
        {
            NeverWas("");
            return;
        }

        if (Channel.TryMake(out var theirs) is not { } channel)
        {
            NeverWas("not started: there are no descriptors left for it");
            return;
        }

        var link = new WorkerLink(channel, Greet, Break, fault => GiveUp(fault), Spend);
        lock (_gate) _link = link;
        var start = Start(theirs);
        Channel.CloseTheirs(theirs);
        if (start.Run is not { } run)
        {
            channel.Close();
            lock (_gate) _isLack = start.IsLack;
            NeverWas(start.Failure!);
            return;
        }

        lock (_gate)
        {
            _run = run;
            if (_hello is null && !_destroyed)
            {
                _timer = _cell.Runner.Time.CreateTimer(
                    _ => GiveUp("it did not say hello in time", onlyBeforeHello: true),
                    null, _cell.Options.Patience, Timeout.InfiniteTimeSpan);
            }
        }

        run.Completion.ContinueWith(end => Ended(end.Result), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (!ChannelHub.Open(channel, link, _cell.Options.Log))
            GiveUp("its connection cannot be watched: the system has no room for it");
        lock (_gate) unwanted = _destroyed;
        if (unwanted) run.Kill();
    }

    /// <summary>
    /// What it needs may not be there: a folder on a full disk, or a launcher that is just being let go.
    /// </summary>
    private WorkerStart Start(int theirs)
    {
        try
        {
            return _cell.Start(_spec, theirs, _complaints);
        }
        catch (Exception problem)
            when (problem is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return new WorkerStart(null, $"not started: {problem.Message}");
        }
    }

    internal void CheckBeat(int most)
    {
        bool beats;
        lock (_gate)
        {
            // One whose connection has ended can say nothing: it is waited for, and its end says why.
            if (_hello is null || _link is null || _isBroken || _destroyed) return;
            var heard = _link.Heard;
            _missed = heard == _heard ? _missed + 1 : 0;
            _heard = heard;
            beats = _missed < most;
            if (beats && Answers(_link)) return;
        }

        GiveUp(beats
            ? $"stall: it beats, and answered nothing for {AttemptErrors.Duration(_cell.Options.Answers)}"
            : "heartbeat lost: its process is there, and said nothing for "
                + $"{AttemptErrors.Duration(_cell.Options.Beat * most)}");
    }

    /// <summary>
    /// Its heart is a thread of its own, which beats on where the one that listens hangs. So it is asked something with
    /// each look, and again when it has answered; counted in looks, as beats are.
    /// </summary>
    private bool Answers(WorkerLink link)
    {
        if (link.Answered == _pinged)
        {
            _unanswered = 0;
            link.Ping(++_pinged);
            return true;
        }

        return ++_unanswered * _cell.Options.Beat < _cell.Options.Answers;
    }

    void IChildEvents.Ready(string child, int? pid) =>
        throw new InvalidOperationException("Attempts are not made ready.");

    void IChildEvents.Failed(string child, ChildLoss loss) =>
        throw new InvalidOperationException("Attempts do not fail by themselves.");

    void IChildEvents.Ended(AttemptResult result)
    {
        lock (_gate)
        {
            (_busy, _disobedience) = (false, Dispose(_disobedience));
            // One that was lost with its worker has no end but the worker's. One that was to end has its own.
            if ((_reason is null || _disobeyed) && !_failed && !_destroyed)
                _events.Ended(result with { IsLastOfChild = _spent });
            if (!_disobeyed || !_processGone) return;
        }

        Fail();
    }

    void IChildEvents.Waits(AttemptOrder order, string? what, DateTimeOffset? until) =>
        _events.Waits(order, what, until);

    void IChildEvents.Warned(AttemptOrder order, string what) => _events.Warned(order, what);

    void IChildEvents.Gone(string child)
    {
        lock (_gate) _attemptsGone = true;
        SayGone();
    }

    private static ITimer? Dispose(ITimer? timer)
    {
        timer?.Dispose();
        return null;
    }

    private ITool Place(ITool tool)
    {
        lock (_gate) return new RemoteTool(tool, _link!, _hello?.Tools ?? []);
    }

    private void Greet(Hello hello)
    {
        if (hello.Version != Protocol.Version)
        {
            GiveUp(Protocol.OtherVersion(hello.Version));
            return;
        }

        lock (_gate)
        {
            _timer = Dispose(_timer);
            _hello = hello;
            if (_destroyed || _reason is not null) return;
            _events.Ready(_spec.Id, _run?.Pid);
        }
    }

    private void Spend()
    {
        lock (_gate) _spent = true;
    }

    private void Break(string reason)
    {
        IWorkerRun? run;
        lock (_gate) (run, _isBroken) = (_run, _run is not null);
        if (run is null) return;
        _ = EndAsync(run, reason);
    }

    private async Task EndAsync(IWorkerRun run, string reason)
    {
        try
        {
            await run.Completion.WaitAsync(_cell.Options.Dying, _cell.Runner.Time);
        }
        catch (TimeoutException)
        {
            GiveUp(reason);
        }
    }

    /// <summary>
    /// One that stands still, or hangs, does not hear the force either: then the worker itself is ended.
    /// </summary>
    private void ExpectObedience(TimeSpan after)
    {
        var time = _cell.Runner.Time;
        var at = time.GetTimestamp() + (long)(after.TotalSeconds * time.TimestampFrequency);
        if (_disobedience is not null && at >= _obeysBy) return;
        _obeysBy = at;
        _disobedience?.Dispose();
        _disobedience = time.CreateTimer(_ => Disobeyed(), null, after, Timeout.InfiniteTimeSpan);
    }

    private void Disobeyed()
    {
        lock (_gate)
        {
            if (!_busy || _destroyed || _reason is not null) return;
            _disobeyed = true;
            _reason = "it did not end its task when it was told to";
        }

        _run?.Kill();
    }

    /// <summary>It is ended for a reason; its end tells that.</summary>
    private void GiveUp(string reason, bool onlyBeforeHello = false)
    {
        IWorkerRun? run;
        lock (_gate)
        {
            if (_destroyed || _reason is not null || (onlyBeforeHello && _hello is not null)) return;
            _reason = reason;
            _byParent = _hello is not null; // before it is there it is only a start that failed
            run = _run;
        }

        run?.Kill();
    }

    private void Ended(string how)
    {
        WorkerLink? link;
        bool endsFirst;
        lock (_gate)
        {
            _processGone = true;
            _timer = Dispose(_timer);
            _disobedience = Dispose(_disobedience);
            _reason ??= how;
            link = _link;
            endsFirst = _disobeyed && _busy;
        }

        if (!endsFirst) Fail();
        link?.Lose();
        SayGone();
    }

    private void NeverWas(string reason)
    {
        lock (_gate) (_reason, _processGone) = (reason, true);
        Fail();
        SayGone();
    }

    private void Fail()
    {
        var figures = _attempts.CostSoFar;
        var reason = _attempts.Masked(_reason!);
        lock (_gate)
        {
            if (_failed || _destroyed) return;
            _failed = true;
            _events.Failed(_spec.Id, new ChildLoss(reason)
            {
                IsDead = _processGone,
                IsLack = _isLack || _run?.IsLack == true,
                IsByParent = _byParent,
                Figures = figures,
            });
        }
    }

    private void SayGone()
    {
        lock (_gate)
        {
            if (!_destroyed || !_processGone || !_attemptsGone || _gone) return;
            _gone = true;
            _cell.Forget(this);
            _events.Gone(_spec.Id);
        }
    }
}
