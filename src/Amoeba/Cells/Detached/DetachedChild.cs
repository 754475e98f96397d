using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Detached;

/// <summary>
/// A child whose attempts run in workers that outlive this process. What an attempt left on disk is kept until the
/// engine gives the next order or lets the child go: by then its result is recorded.
/// </summary>
internal sealed class DetachedChild : IChild, IChildEvents
{
    private readonly Lock _gate = new();
    private readonly DetachedCell _cell;
    private readonly ChildSpec _spec;
    private readonly IChildEvents _events;
    private readonly AttemptChild _attempts;
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AttemptOrder? _order;
    private volatile bool _kept;
    private bool _destroyed;
    private bool _failed;

    public DetachedChild(DetachedCell cell, ChildSpec spec, IChildEvents events)
    {
        (_cell, _spec, _events) = (cell, spec, events);
        _attempts = new AttemptChild(spec.Id, cell.Runner.With(tool => new DetachedTool(tool, this)), this);
    }

    internal DetachedCell Cell => _cell;

    internal string Id => _spec.Id;

    /// <summary>Completes when it is left: what runs goes on without this parent.</summary>
    internal Task Left => _left.Task;

    public void Start(AttemptOrder order)
    {
        Forget();
        _order = order;
        _attempts.Start(order);
    }

    public long Progress => _attempts.Progress;

    public void Stop(StopReason reason, TimeSpan grace) => _attempts.Stop(reason, grace);

    public void Destroy()
    {
        lock (_gate) _destroyed = true;
        _attempts.Destroy();
    }

    public void Leave()
    {
        lock (_gate) _destroyed = true; // from here on no end is told, for there is none
        // Before the attempt is told to end: then it only stops being followed.
        _left.TrySetResult();
        Destroy();
    }

    /// <summary>What its present attempt left on disk stays: something of it could not be ended.</summary>
    internal void Keep() => _kept = true;

    /// <summary>Its worker died without a result: that is the child's end.</summary>
    internal void Lose(string reason)
    {
        lock (_gate)
        {
            if (_failed || _destroyed) return;
            _failed = true;
        }

        _events.Failed(_spec.Id, reason, isDead: false);
    }

    void IChildEvents.Ready(string child, int? pid) =>
        throw new InvalidOperationException("Attempts are not made ready.");

    void IChildEvents.Failed(string child, string reason, bool isDead) =>
        throw new InvalidOperationException("Attempts do not fail by themselves.");

    void IChildEvents.Ended(AttemptResult result)
    {
        lock (_gate)
        {
            if (_failed || _destroyed) return;
        }

        _events.Ended(result);
    }

    void IChildEvents.Waits(AttemptOrder order, string? what, DateTimeOffset? until) =>
        _events.Waits(order, what, until);

    void IChildEvents.Warned(AttemptOrder order, string what) => _events.Warned(order, what);

    void IChildEvents.Gone(string child)
    {
        if (!_left.Task.IsCompleted) Forget();
        _events.Gone(child);
    }

    private void Forget()
    {
        if (_order is not { } done || _cell.Options.Root is not { } root) return;
        _order = null;
        if (_kept)
        {
            _kept = false;
            return;
        }

        DetachedFolder.RemoveAttempt(root, done.Job, done.Ordinal, done.Attempt);
    }
}
