using Amoeba.Engine.Ports;

namespace Amoeba.Hosting.Running.Quotas;

/// <summary>
/// A parent's calls before the ledger: collects what came since the last exchange, makes one, and tells each call what
/// came of it. A key with no quota, of which no server ever refused anything, is let go without the ledger. Safe from
/// any thread but for <see cref="RunOnce"/>, which one thread calls at a time.
/// </summary>
/// <param name="parent">Whose desk.</param>
/// <param name="open">Opens the ledger; called with the first exchange.</param>
/// <param name="time">The clock.</param>
/// <param name="wake">Told that there is something to exchange.</param>
internal sealed class QuotaDesk(
    string parent, Func<IQuotaLedger> open, TimeProvider time, Action wake) : IQuotas, IDisposable
{
    /// <summary>Between two looks whether another parent's call, ending, freed something.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>So often is the ledger told that the parent, whose calls are under way, lives.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DeskKey> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<long, WaitingCall> _waiting = [];
    private QuotaBatch _batch = new();
    private IQuotaLedger? _ledger;
    private Exception? _failure;
    private long _number;
    private int _inFlight;

    public ValueTask<QuotaGrant> ReserveAsync(QuotaAsk ask, IAttemptWaits waits, CancellationToken cancel)
    {
        if (ask.Limits.Tokens is { } most && ask.Tokens > most)
        {
            throw QuotaWords.TooLarge(ask, most);
        }

        cancel.ThrowIfCancellationRequested();
        WaitingCall call;
        lock (_gate)
        {
            var key = KeyOf(ask.Key);
            key.Limits = ask.Limits;
            if (!key.IsCounted && ask.Limits.IsNone)
            {
                key.Begin(Now, ask.Tokens);
                return ValueTask.FromResult<QuotaGrant>(new DeskGrant(ask, 0, Now));
            }

            if (_failure is { } failure)
            {
                throw failure;
            }

            key.IsCounted = true;
            call = new WaitingCall(ask, ++_number, waits);
            _waiting.Add(call.Number, call);
            Ask(call);
        }

        wake();
        call.WithdrawOn(Withdraw, cancel);
        return new ValueTask<QuotaGrant>(call.Granted.Task);
    }

    public void Settle(QuotaGrant grant, QuotaUse use)
    {
        var given = (DeskGrant)grant;
        if (!given.TryEnd())
        {
            return;
        }

        long? tokens = use.Sent ? use.Tokens : null;
        lock (_gate)
        {
            var key = KeyOf(grant.Ask.Key);
            if (grant.Ticket == 0)
            {
                key.End(given.At, Now, grant.Ask.Tokens, tokens);
                if (use.News is not { } said || (said.Requests?.Limit ?? said.Tokens?.Limit) is null)
                {
                    return;
                }

                key.IsCounted = true; // it has a limit after all: the server said so
            }
            else
            {
                _inFlight--;
            }

            SpeakOf(key, grant.Ask.Key);
            _batch.Settled.Add(new QuotaSettlement(
                grant.Ask.Key, grant.Ticket, tokens, QuotaWords.Since(use.News, Passed(given.At))));
        }

        wake();
    }

    public void Throttled(QuotaGrant grant, QuotaNews news)
    {
        var given = (DeskGrant)grant;
        if (!given.TryEnd())
        {
            return;
        }

        lock (_gate)
        {
            var key = KeyOf(grant.Ask.Key);
            key.IsCounted = true;
            SpeakOf(key, grant.Ask.Key);
            if (grant.Ticket == 0)
            {
                key.End(given.At, Now, grant.Ask.Tokens, null);
                _batch.Refused.Add(new QuotaRefused(grant.Ask.Key, 0, news, Passed(given.At), key.Seen(Now)));
            }
            else
            {
                _inFlight--;
                _batch.Refused.Add(new QuotaRefused(grant.Ask.Key, grant.Ticket, news));
            }
        }

        wake();
    }

    /// <summary>One exchange with the ledger.</summary>
    /// <returns>After what time the next is due without being woken; null for never.</returns>
    /// <exception cref="StoreUnusableException">The ledger cannot be written; everyone who waits was told.</exception>
    public TimeSpan? RunOnce()
    {
        QuotaBatch batch;
        lock (_gate)
        {
            if (_batch.IsEmpty && _waiting.Count == 0 && _inFlight == 0)
            {
                return null;
            }

            foreach (var call in _waiting.Values)
            {
                _batch.Keys[call.Ask.Key] = call.Ask.Limits;
            }

            (batch, _batch) = (_batch, new QuotaBatch());
        }

        try
        {
            return Tell((_ledger ??= open()).Exchange(parent, batch));
        }
        catch (Exception error)
        {
            Fail(error);
            throw;
        }
    }

    public void Dispose()
    {
        Fail(new OperationCanceledException("The parent ended."));
        _ledger?.Dispose();
    }

    private long Now => (long)(time.GetTimestamp() * (1e6 / time.TimestampFrequency));

    private TimeSpan Passed(long since) => TimeSpan.FromMicroseconds(Now - since);

    private DeskKey KeyOf(string key) =>
        _keys.TryGetValue(key, out var found) ? found : _keys[key] = new DeskKey();

    private void SpeakOf(DeskKey key, string name) => _batch.Keys[name] = key.Limits;

    private void Ask(WaitingCall call)
    {
        _batch.Keys[call.Ask.Key] = call.Ask.Limits;
        _batch.Asked.Add(new QuotaRequest(call.Ask.Key, call.Number, call.Ask.Job, call.Ask.Tokens));
    }

    private void Withdraw(WaitingCall call, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (!_waiting.Remove(call.Number))
            {
                return;
            }

            _batch.Keys[call.Ask.Key] = call.Ask.Limits;
            _batch.Withdrawn.Add((call.Ask.Key, call.Number));
        }

        wake();
        call.GoesOn();
        call.Granted.TrySetCanceled(cancel);
    }

    private TimeSpan? Tell(QuotaAnswer answer)
    {
        List<WaitingCall> granted = [];
        List<(WaitingCall Call, long Most)> refused = [];
        List<(WaitingCall Call, QuotaWait Wait)> waiting = [];
        TimeSpan? next;
        lock (_gate)
        {
            foreach (var (key, number) in answer.Granted)
            {
                _inFlight++;
                if (_waiting.Remove(number, out var call))
                {
                    granted.Add(call);
                    continue;
                }

                // It was withdrawn while the exchange was under way.
                _inFlight--;
                SpeakOf(KeyOf(key), key);
                _batch.Settled.Add(new QuotaSettlement(key, number, null));
            }

            foreach (var (_, number, most) in answer.TooLarge)
            {
                if (_waiting.Remove(number, out var call))
                {
                    refused.Add((call, most));
                }
            }

            next = Next(answer, waiting);
        }

        foreach (var call in granted)
        {
            call.GoesOn();
            call.Granted.TrySetResult(new DeskGrant(call.Ask, call.Number, Now));
        }

        foreach (var (call, most) in refused)
        {
            call.GoesOn();
            call.Granted.TrySetException(QuotaWords.TooLarge(call.Ask, most));
        }

        foreach (var (call, wait) in waiting)
        {
            call.WaitsFor(QuotaWords.Of(wait), wait.In is { } left ? time.GetUtcNow() + left : null);
        }

        return next;
    }

    private TimeSpan? Next(QuotaAnswer answer, List<(WaitingCall, QuotaWait)> waiting)
    {
        TimeSpan? next = _inFlight > 0 ? TellEvery : null;
        var known = new HashSet<long>();
        foreach (var wait in answer.Waiting)
        {
            if (_waiting.TryGetValue(wait.Number, out var call))
            {
                known.Add(wait.Number);
                waiting.Add((call, wait));
                next = Least(next, wait.In);
            }
        }

        if (_waiting.Count > 0)
        {
            next = Least(next, LookEvery);
        }

        next = _batch.IsEmpty ? next : TimeSpan.Zero;
        known.UnionWith(_batch.Asked.Select(one => one.Number));
        foreach (var call in _waiting.Values.Where(call => !known.Contains(call.Number)))
        {
            Ask(call); // the ledger took us for dead meanwhile
        }

        return next;
    }

    private void Fail(Exception error)
    {
        List<WaitingCall> calls;
        lock (_gate)
        {
            _failure = error;
            calls = [.. _waiting.Values];
            _waiting.Clear();
        }

        foreach (var call in calls)
        {
            call.GoesOn();
            call.Granted.TrySetException(error);
        }
    }

    private static TimeSpan? Least(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;
}
