namespace Amoeba.Scheduling;

/// <summary>
/// What is going on with one key: what was asked in the last minute, what the server said, and what it was found to
/// bear. Time is the ledger's, in microseconds.
/// </summary>
internal sealed class QuotaState
{
    private const byte Format = 1;
    private const long RefusedTogether = 5 * QuotaTiming.Second;

    private QuotaWindow _window = new();
    private QuotaRecovery _recovery = new();
    private QuotaFeeler _requests = new();
    private QuotaFeeler _tokens = new();
    private QuotaFeeler _concurrency = new();
    private QuotaPace _requestPace;
    private QuotaPace _tokenPace;
    private QuotaSpec _said = QuotaSpec.None;
    private long _refusedAt = -QuotaTiming.LongestBlock;
    private long _feltSince;

    public QuotaFairness Fairness { get; private set; } = new();

    public long Requests => _window.Requests;

    public long Tokens => _window.Tokens;

    public long BlockedUntil => _recovery.Until;

    /// <summary>What was found to hold, a minute; infinite where nothing was refused.</summary>
    public double FeltRequests => _requests.Limit;

    public double FeltTokens => _tokens.Limit;

    public double FeltConcurrency => _concurrency.Limit;

    public QuotaState Clone() => new()
    {
        _window = _window.Clone(),
        _recovery = _recovery.Clone(),
        _requests = _requests.Clone(),
        _tokens = _tokens.Clone(),
        _concurrency = _concurrency.Clone(),
        _requestPace = _requestPace,
        _tokenPace = _tokenPace,
        _said = _said,
        _refusedAt = _refusedAt,
        _feltSince = _feltSince,
        Fairness = Fairness.Clone(),
    };

    /// <summary>What is configured, but no more than the server says it allows.</summary>
    public QuotaSpec Known(QuotaSpec limits) => new(
        limits.Concurrency, Least(limits.Requests, _said.Requests), Least(limits.Tokens, _said.Tokens));

    /// <summary>
    /// Brings everything up to the present: what is old leaves, and what was felt for climbs where it is time to.
    /// </summary>
    public void GoTo(long now, QuotaSpec limits)
    {
        _window.Expire(now);
        var known = Known(limits);
        _requests.Grow(now, known.Requests ?? double.PositiveInfinity);
        _tokens.Grow(now, known.Tokens ?? double.PositiveInfinity);
        _concurrency.Grow(now, known.Concurrency ?? double.PositiveInfinity);
    }

    /// <summary>When a call may go, if nothing else changes.</summary>
    /// <param name="now">Not before the last moment this was brought to.</param>
    /// <param name="tokens">Its estimate.</param>
    /// <param name="limits">What is configured.</param>
    /// <param name="inFlight">Calls under way.</param>
    /// <param name="job">For whom.</param>
    public QuotaTurn Turn(long now, long tokens, QuotaSpec limits, int inFlight, string job)
    {
        _window.Expire(now);
        var known = Known(limits);
        var concurrency = Whole(_concurrency, known.Concurrency);
        if (inFlight >= concurrency)
        {
            return new QuotaTurn(QuotaTurn.Unknown, QuotaReason.Concurrency, concurrency, _concurrency.IsFelt);
        }

        var requests = Whole(_requests, known.Requests);
        var most = Whole(_tokens, known.Tokens);
        var turn = new QuotaTurn(now);
        turn = Later(turn, new QuotaTurn(_recovery.Until, QuotaReason.Blocked));
        turn = Later(turn, new QuotaTurn(_recovery.NextAt(now), QuotaReason.Recovering));
        turn = Later(turn, Limited(
            _window.WhenRequests(requests - 1), _requests, _requestPace, QuotaReason.Requests, requests));
        var room = Math.Max(0, most - tokens); // one that is larger than what was felt for goes alone
        turn = Later(turn, Limited(_window.WhenTokens(room), _tokens, _tokenPace, QuotaReason.Tokens, most));
        var share = Fairness.NextAt(job, now, Part(tokens, requests, most));
        return Later(turn, tokens / (double)most > 1.0 / requests
            ? new QuotaTurn(share, QuotaReason.Tokens, most)
            : new QuotaTurn(share, QuotaReason.Requests, requests));
    }

    /// <summary>A call goes.</summary>
    public void Take(long now, long tokens, string job, QuotaSpec limits)
    {
        var known = Known(limits);
        _window.Add(now, 1, tokens);
        _recovery.Take();
        _requestPace.Take(now, 1, _requests.Limit);
        _tokenPace.Take(now, tokens, _tokens.Limit);
        Fairness.Serve(job, now, Part(tokens, Whole(_requests, known.Requests), Whole(_tokens, known.Tokens)));
    }

    /// <summary>A call that was kept back would have gone but for this.</summary>
    public void KeptBack(QuotaTurn turn)
    {
        if (turn.Felt)
        {
            FeelerOf(turn.Why).KeptBack();
        }
    }

    /// <summary>A call ended.</summary>
    /// <param name="now">When.</param>
    /// <param name="granted">When it was let go.</param>
    /// <param name="estimate">What was reserved.</param>
    /// <param name="tokens">What it took; null: it never reached the server.</param>
    public void Settle(long now, long granted, long estimate, long? tokens)
    {
        _window.Correct(granted, now, tokens is null ? -1 : 0, (tokens ?? 0) - estimate);
        _tokenPace.Correct((tokens ?? 0) - estimate, _tokens.Limit);
        if (tokens is not null)
        {
            _recovery.Accepted(granted);
        }
    }

    /// <summary>A call was refused by a limit. It takes nothing of the quota.</summary>
    /// <param name="refusal">What came back.</param>
    public void Refuse(QuotaRefusal refusal)
    {
        var now = refusal.Now;
        if (refusal.Reserved is { } estimate)
        {
            _window.Correct(refusal.Granted, now, -1, -estimate);
            _tokenPace.Correct(-estimate, _tokens.Limit);
        }

        _window.Expire(now);
        if (_recovery.IsNew(refusal.Granted))
        {
            if (_recovery.WasAccepted)
            {
                Feel(refusal, static (feeler, at, used) => feeler.Refused(at, used));
            }
            else if (refusal.RetryAfter is not null && _recovery.Misses == 0)
            {
                // It was asked when the server said, one call alone, and refuses: it is no limit that was passed.
                _requests.Undo();
                _tokens.Undo();
                _concurrency.Undo();
            }

            _refusedAt = now;
        }
        else if (now - _refusedAt < RefusedTogether)
        {
            Feel(refusal, static (feeler, _, used) => feeler.RefusedToo(used));
        }

        _recovery.Refused(now, refusal.Granted, refusal.RetryAfter);
    }

    /// <summary>The server said its limits a minute, and maybe that nothing more goes for a while.</summary>
    public void Say(long now, long? requests, long? tokens, long? wait)
    {
        _said = new QuotaSpec(null, requests ?? _said.Requests, tokens ?? _said.Tokens);
        _recovery.Block(now, wait ?? 0);
    }

    public byte[] Write()
    {
        var bytes = new MemoryStream(512);
        var writer = new BinaryWriter(bytes);
        writer.Write(Format);
        _window.Write(writer);
        _recovery.Write(writer);
        _requests.Write(writer);
        _tokens.Write(writer);
        _concurrency.Write(writer);
        _requestPace.Write(writer);
        _tokenPace.Write(writer);
        writer.Write(_said.Requests ?? 0);
        writer.Write(_said.Tokens ?? 0);
        writer.Write(_refusedAt);
        writer.Write(_feltSince);
        Fairness.Write(writer);
        return bytes.ToArray();
    }

    /// <summary>
    /// What <see cref="Write"/> wrote; of another version nothing is known, which is where every key begins.
    /// </summary>
    public static QuotaState Read(byte[] bytes)
    {
        var reader = new BinaryReader(new MemoryStream(bytes));
        return reader.ReadByte() != Format ? new QuotaState() : new QuotaState
        {
            _window = QuotaWindow.Read(reader),
            _recovery = QuotaRecovery.Read(reader),
            _requests = QuotaFeeler.Read(reader),
            _tokens = QuotaFeeler.Read(reader),
            _concurrency = QuotaFeeler.Read(reader),
            _requestPace = QuotaPace.Read(reader),
            _tokenPace = QuotaPace.Read(reader),
            _said = new QuotaSpec(null, Given(reader.ReadInt64()), Given(reader.ReadInt64())),
            _refusedAt = reader.ReadInt64(),
            _feltSince = reader.ReadInt64(),
            Fairness = QuotaFairness.Read(reader),
        };
    }

    private void Feel(QuotaRefusal refusal, Action<QuotaFeeler, long, double> tell)
    {
        var (now, seen, limits) = (refusal.Now, refusal.Seen, Known(refusal.Limits));
        // A window that was not watched for a minute yet knows too little to lower a figure by.
        var watched = _requests.IsFelt && now - _feltSince < QuotaTiming.Minute ? double.PositiveInfinity : 0;
        if (!_requests.IsFelt)
        {
            _feltSince = now;
        }

        var requests = Math.Max(watched, Math.Max(Requests, seen.Requests));
        var tokens = Math.Max(watched, Math.Max(Tokens, seen.Tokens));
        if (refusal.ByTokens || (!refusal.ByRequests && limits.Tokens is not null))
        {
            tell(_tokens, now, tokens);
        }

        if (refusal.ByRequests || !refusal.ByTokens)
        {
            tell(_requests, now, requests);
        }

        if (refusal is { ByRequests: false, ByTokens: false, RetryAfter: null })
        {
            tell(_concurrency, now, Math.Max(refusal.InFlight, seen.InFlight));
        }
    }

    private QuotaFeeler FeelerOf(QuotaReason why) => why switch
    {
        QuotaReason.Tokens => _tokens,
        QuotaReason.Concurrency => _concurrency,
        _ => _requests,
    };

    /// <summary>The part of a minute's quota that a call takes; 0 where nothing is limited.</summary>
    private static double Part(long tokens, long requests, long most) =>
        Math.Max(requests == long.MaxValue ? 0 : 1.0 / requests, most == long.MaxValue ? 0 : tokens / (double)most);

    private static QuotaTurn Limited(long when, QuotaFeeler feeler, QuotaPace pace, QuotaReason why, long most) =>
        new(feeler.IsFelt ? Math.Max(when, pace.NextAt) : when, why, most, feeler.IsFelt);

    private static QuotaTurn Later(QuotaTurn one, QuotaTurn other) => other.At > one.At ? other : one;

    private static long Whole(QuotaFeeler feeler, long? known) => Math.Max(1,
        Math.Min(feeler.IsFelt ? (long)feeler.Limit : long.MaxValue, known ?? long.MaxValue));

    private static long? Least(long? one, long? other) =>
        one is { } a && other is { } b ? Math.Min(a, b) : one ?? other;

    private static long? Given(long value) => value == 0 ? null : value;
}
