namespace Amoeba.Tools.Chat;

/// <summary>Ends a call when for a time nothing came; every byte starts the time anew.</summary>
internal sealed class IdleClock : IDisposable
{
    private readonly TimeSpan? _stall;
    private readonly CancellationToken _cancel;
    private readonly CancellationTokenSource _idle;
    private readonly CancellationTokenRegistration _registration;

    public IdleClock(TimeSpan? stall, TimeProvider time, CancellationToken cancel)
    {
        (_stall, _cancel) = (stall, cancel);
        _idle = new CancellationTokenSource(stall ?? Timeout.InfiniteTimeSpan, time);
        _registration = cancel.UnsafeRegister(static idle => ((CancellationTokenSource)idle!).Cancel(), _idle);
    }

    public CancellationToken Token => _idle.Token;

    /// <summary>It was the silence that ended it, and nobody's wish.</summary>
    public bool IsStalled => _idle.IsCancellationRequested && !_cancel.IsCancellationRequested;

    public TimeSpan Stall => _stall ?? Timeout.InfiniteTimeSpan;

    public void Touch()
    {
        if (_stall is { } stall) _idle.CancelAfter(stall);
    }

    public void Dispose()
    {
        _registration.Dispose();
        _idle.Dispose();
    }
}
