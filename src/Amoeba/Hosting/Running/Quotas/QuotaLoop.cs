using Amoeba.Engine.Ports;

namespace Amoeba.Hosting.Running.Quotas;

/// <summary>
/// Runs a parent's desk: an exchange whenever there is something to say, and when a turn is due. It begins with the
/// first call that needs it, so a parent that calls no model has neither the loop nor the ledger.
/// </summary>
internal sealed class QuotaLoop : IQuotas, IDisposable
{
    /// <summary>
    /// Between two exchanges, so that what comes together goes together and the store's commits find room.
    /// </summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    private readonly Lazy<QuotaDesk> _desk;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _unusable;
    private readonly SemaphoreSlim _woken = new(0, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private Task? _running;

    /// <param name="parent">Whose calls.</param>
    /// <param name="open">Opens the ledger.</param>
    /// <param name="time">The clock.</param>
    /// <param name="unusable">Told when the ledger cannot be written: the parent should stop with exit 5.</param>
    public QuotaLoop(string parent, Func<IQuotaLedger> open, TimeProvider time, Action<Exception> unusable)
    {
        _desk = new(() => new QuotaDesk(parent, open, time, Wake));
        _time = time;
        _unusable = unusable;
    }

    public ValueTask<QuotaGrant> ReserveAsync(QuotaAsk ask, IAttemptWaits waits, CancellationToken cancel) =>
        _desk.Value.ReserveAsync(ask, waits, cancel);

    public void Settle(QuotaGrant grant, QuotaUse use) => _desk.Value.Settle(grant, use);

    public void Throttled(QuotaGrant grant, QuotaNews news) => _desk.Value.Throttled(grant, news);

    /// <summary>Ends the loop after the exchange it is in, and with an error everyone who still waits.</summary>
    public void Dispose()
    {
        Task? running;
        lock (_gate)
        {
            if (_end.IsCancellationRequested)
            {
                return;
            }

            _end.Cancel();
            running = _running;
        }

        running?.GetAwaiter().GetResult();
        if (_desk.IsValueCreated)
        {
            _desk.Value.Dispose();
        }

        _end.Dispose();
        _woken.Dispose();
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_end.IsCancellationRequested)
            {
                return;
            }

            if (_woken.CurrentCount == 0)
            {
                _woken.Release();
            }

            _running ??= Task.Run(RunAsync);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_end.IsCancellationRequested)
            {
                var next = _desk.Value.RunOnce();
                await Task.Delay(Gather, _time, _end.Token);
                await WaitAsync(next);
            }
        }
        catch (OperationCanceledException)
        {
            // The parent ends.
        }
        catch (Exception error)
        {
            _unusable(error);
        }
    }

    private async Task WaitAsync(TimeSpan? longest)
    {
        if (longest is not { } span)
        {
            await _woken.WaitAsync(_end.Token);
            return;
        }

        if (span <= Gather)
        {
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        var woken = _woken.WaitAsync(over.Token);
        await Task.WhenAny(woken, Task.Delay(span - Gather, _time, over.Token));
        await over.CancelAsync();
        await woken.ContinueWith(static _ => { }, TaskScheduler.Default); // either way it is settled who has the signal
    }
}
