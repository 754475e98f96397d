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
    private readonly HashSet<(int Ordinal, int Attempt)> _held = [];
    private readonly HashSet<(int Ordinal, int Attempt)> _forgotten = [];
    private AttemptOrder? _order;
    private int _ending;
    private bool _began;
    private bool _destroyed;
    private bool _failed;
    private bool _done;

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
        _began = order.TakesUp;
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

    /// <summary>
    /// An attempt's tree is being ended, which may take longer than the attempt is waited for: what it left on disk
    /// stays for as long, by which others find it, and so does this child, with whose parent the ending would stop
    /// half-way.
    /// </summary>
    internal void BeginEnding(AttemptOrder order)
    {
        lock (_gate)
        {
            _ending++;
            _held.Add((order.Ordinal, order.Attempt));
        }
    }

    /// <param name="order">The attempt.</param>
    /// <param name="ended">Nothing of it is left; else what it left on disk stays for good.</param>
    internal void EndEnding(AttemptOrder order, bool ended)
    {
        var key = (order.Ordinal, order.Attempt);
        bool remove, tell;
        lock (_gate)
        {
            remove = ended && _held.Remove(key) && _forgotten.Remove(key);
            tell = --_ending == 0 && _done;
        }

        if (remove) Remove(order);
        if (tell) _events.Gone(_spec.Id);
    }

    /// <summary>A worker of its attempt is there, or was.</summary>
    internal void Begin(AttemptOrder order)
    {
        if (_began || _order != order) return;
        _began = true;
        _events.Began(order);
    }

    /// <summary>A text without the secrets of its attempt.</summary>
    internal string Masked(string text, bool isCut = false) => _attempts.Masked(text, isCut);

    /// <summary>Its worker died without a result: that is the child's end.</summary>
    /// <param name="reason">For a person.</param>
    /// <param name="unbegun">It did nothing, and never will.</param>
    /// <param name="isLack">It could not begin for want of something that the machine lacks.</param>
    /// <param name="byParent">It was ended here.</param>
    internal void Lose(string reason, bool unbegun = false, bool isLack = false, bool byParent = false)
    {
        lock (_gate)
        {
            if (_failed || _destroyed) return;
            _failed = true;
        }

        var told = Masked(reason);
        // A later step of a chain that does not begin is no reason to do the ones before it again for nothing.
        _events.Failed(_spec.Id, unbegun && !_began
            ? new ChildLoss(told) { NeverBegan = true, IsLack = isLack }
            : new ChildLoss(told) { Figures = _attempts.CostSoFar, IsByParent = byParent });
    }

    void IChildEvents.Ready(string child, int? pid) =>
        throw new InvalidOperationException("Attempts are not made ready.");

    void IChildEvents.Failed(string child, ChildLoss loss) =>
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
        lock (_gate)
        {
            _done = true;
            if (_ending > 0) return;
        }

        _events.Gone(child);
    }

    private void Forget()
    {
        if (_order is not { } done) return;
        _order = null;
        lock (_gate)
        {
            if (_held.Contains((done.Ordinal, done.Attempt)))
            {
                _forgotten.Add((done.Ordinal, done.Attempt));
                return;
            }
        }

        Remove(done);
    }

    private void Remove(AttemptOrder done)
    {
        if (_cell.Options.Root is { } root)
            DetachedFolder.RemoveAttempt(root, done.Job, done.Ordinal, done.Attempt);
    }
}
