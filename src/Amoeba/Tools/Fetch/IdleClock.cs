namespace Amoeba.Tools.Fetch;

/// <summary>Ends a call in which nothing happens for too long. The tokens are given back with it.</summary>
internal sealed class IdleClock : IDisposable
{
    private readonly CancellationTokenSource _idle;
    private readonly CancellationTokenSource _linked;
    private readonly TimeSpan _longest;

    /// <param name="longest">Zero is for ever.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends the call too.</param>
    public IdleClock(TimeSpan longest, TimeProvider time, CancellationToken cancel)
    {
        _longest = longest > TimeSpan.Zero ? longest : Timeout.InfiniteTimeSpan;
        _idle = new CancellationTokenSource(_longest, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_idle.Token, cancel);
    }

    public CancellationToken Token => _linked.Token;

    public TimeSpan Longest => _longest;

    public bool IsOver => _idle.IsCancellationRequested;

    /// <summary>Something happened.</summary>
    public void Touch() => _idle.CancelAfter(_longest);

    public void Dispose()
    {
        _linked.Dispose();
        _idle.Dispose();
    }
}
