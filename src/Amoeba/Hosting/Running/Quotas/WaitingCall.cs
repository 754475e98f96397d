using Amoeba.Engine.Ports;

namespace Amoeba.Hosting.Running.Quotas;

/// <summary>A call that waits for its grant, and says so where anything about that changes.</summary>
internal sealed class WaitingCall(QuotaAsk ask, long number, IAttemptWaits waits)
{
    /// <summary>A moment foretold anew that differs by less is no news.</summary>
    private static readonly TimeSpan Same = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private string? _what;
    private DateTimeOffset? _until;
    private bool _over;
    private CancellationTokenRegistration _withdrawal;

    public QuotaAsk Ask => ask;

    public long Number => number;

    public TaskCompletionSource<QuotaGrant> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void WithdrawOn(Action<WaitingCall, CancellationToken> withdraw, CancellationToken cancel)
    {
        var withdrawal = cancel.UnsafeRegister((_, fired) => withdraw(this, fired), null);
        lock (_gate)
        {
            _withdrawal = withdrawal;
            if (_over)
            {
                withdrawal.Unregister();
            }
        }
    }

    public void WaitsFor(string what, DateTimeOffset? until)
    {
        lock (_gate)
        {
            if (_over || (what == _what && IsSame(until)))
            {
                return;
            }

            (_what, _until) = (what, until);
            waits.WaitsFor(what, until);
        }
    }

    public void GoesOn()
    {
        lock (_gate)
        {
            _over = true;
            _withdrawal.Unregister();
            if (_what is not null)
            {
                waits.GoesOn();
            }
        }
    }

    private bool IsSame(DateTimeOffset? until) =>
        until is { } one && _until is { } other ? (one - other).Duration() < Same : until is null && _until is null;
}
