using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Secrets;

namespace Amoeba.Cells;

/// <summary>
/// One attempt as the thread pool's own work item, used again for the child's next one: an attempt that is done
/// without waiting costs no task and no delegate.
/// </summary>
internal sealed class PooledAttempt(AttemptChild child) : IThreadPoolWorkItem, IAttemptWaits, IAttemptWatch
{
    private readonly AttemptStop _stop = new(child.Runner.Time);
    private AttemptOrder? _order;
    private long _ordered;
    private long _progress;
    private volatile AttemptRun? _run;

    internal void Order(AttemptOrder order)
    {
        _order = order;
        _run = null;
        Interlocked.Exchange(ref _progress, 0);
        _ordered = child.Runner.Time.GetTimestamp();
    }

    /// <summary>What it has got done so far.</summary>
    internal long Done => Interlocked.Read(ref _progress);

    /// <summary>What is known of its cost by now; null before it began.</summary>
    internal AttemptFigures? CostSoFar => _run?.CostSoFar;

    internal void Stop(StopReason reason, TimeSpan grace) => _stop.Ask(reason, grace, GiveUp);

    /// <summary>What must not be told of it; null before it began.</summary>
    internal SecretMasker? Masker => _run?.Masker;

    /// <summary>Gives its timers back; true where it can serve another attempt.</summary>
    internal bool Release()
    {
        if (_stop.Reason is null) return true;
        _stop.Over();
        return false;
    }

    public void WaitsFor(string what, DateTimeOffset? until) => child.Wait(this, _order!, Masked(what), until);

    public void GoesOn() => child.Wait(this, _order!, null, null);

    public void Progress(long amount) => Interlocked.Add(ref _progress, amount);

    public void Warn(string what) => child.Warn(this, _order!, Masked(what));

    public void Execute()
    {
        var run = _run = child.Runner.Make(_order!, _ordered, _stop, this, this);
        var pending = run.RunAsync();
        if (pending.IsCompletedSuccessfully)
        {
            child.End(this, pending.Result);
            return;
        }

        // Not a method that waits: a short run would compile it at every start (docs/decisions/0007).
        var running = pending.AsTask();
        running.GetAwaiter().UnsafeOnCompleted(() => child.End(this, running.Result));
    }

    private string Masked(string what) => Masker?.Apply(what) ?? what;

    private void GiveUp()
    {
        var (end, error) = AttemptErrors.Stopped(_stop.Reason!.Value, limits: null);
        child.End(this, new AttemptResult(_order!, end) { Error = $"{error}; it did not end when it was told to" });
    }
}
