using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Secrets;

namespace Amoeba.Cells;

/// <summary>
/// The attempts of one child, each on the thread pool of this process. Every Start is answered by exactly one Ended,
/// unless the child is destroyed first; Gone is said once, last.
/// </summary>
internal sealed class AttemptChild(string id, AttemptRunner runner, IChildEvents events) : IChild
{
    /// <summary>Attempts back whose secrets something that comes late may still hold.</summary>
    private const int Late = 8;

    private readonly Lock _gate = new();
    private readonly List<SecretMasker> _earlier = [];
    private PooledAttempt? _current;
    private PooledAttempt? _spare;
    private int _telling;
    private bool _destroyed;
    private bool _gone;

    internal AttemptRunner Runner => runner;

    public long Progress
    {
        get
        {
            lock (_gate) return _current?.Done ?? -1;
        }
    }

    /// <summary>What is known of its present attempt's cost; null where it has none, or none that began.</summary>
    internal AttemptFigures? CostSoFar
    {
        get
        {
            lock (_gate) return _current?.CostSoFar;
        }
    }

    /// <summary>A text without the secrets of its present attempt, and of those before it.</summary>
    /// <param name="text">For a person.</param>
    /// <param name="isCut">Its beginning was cut off, in which a secret may have begun.</param>
    internal string Masked(string text, bool isCut = false)
    {
        lock (_gate)
        {
            if (_current?.Masker is { } masker) Remember(masker);
            foreach (var each in _earlier) text = isCut ? each.ApplyToEnd(text) : each.Apply(text);
            return text;
        }
    }

    public void Start(AttemptOrder order)
    {
        PooledAttempt attempt;
        lock (_gate)
        {
            if (_destroyed || _current is not null)
                throw new InvalidOperationException($"Child {id} is not free to start an attempt.");
            attempt = _spare ?? new PooledAttempt(this);
            _spare = null;
            attempt.Order(order);
            _current = attempt;
        }

        ThreadPool.UnsafeQueueUserWorkItem(attempt, preferLocal: false);
    }

    public void Stop(StopReason reason, TimeSpan grace)
    {
        lock (_gate)
        {
            if (!_destroyed) _current?.Stop(reason, grace);
        }
    }

    public void Destroy()
    {
        lock (_gate)
        {
            if (_destroyed) return;
            _destroyed = true;
            _current?.Stop(StopReason.Replaced, TimeSpan.Zero);
        }

        SayGone();
    }

    /// <summary>An attempt answered, or was given up; only its first end counts.</summary>
    internal void End(PooledAttempt attempt, AttemptResult result)
    {
        bool tell;
        lock (_gate)
        {
            if (_current != attempt) return;
            // From here on Start may be called again, even before Ended has returned.
            _current = null;
            if (attempt.Masker is { } masker) Remember(masker);
            if (attempt.Release()) _spare = attempt;
            tell = !_destroyed;
            if (tell) _telling++;
        }

        if (tell) events.Ended(result);
        SayGone(told: tell);
    }

    /// <summary>The attempt waits for something, or goes on; said in the order in which it was told.</summary>
    internal void Wait(PooledAttempt attempt, AttemptOrder order, string? what, DateTimeOffset? until)
    {
        lock (_gate)
        {
            if (_current == attempt && !_destroyed) events.Waits(order, what, until);
        }
    }

    /// <summary>The attempt is near a limit.</summary>
    internal void Warn(PooledAttempt attempt, AttemptOrder order, string what)
    {
        lock (_gate)
        {
            if (_current == attempt && !_destroyed) events.Warned(order, what);
        }
    }

    /// <summary>Most attempts of a job have the same one.</summary>
    private void Remember(SecretMasker masker)
    {
        if (masker.IsEmpty || _earlier.Contains(masker)) return;
        if (_earlier.Count == Late) _earlier.RemoveAt(0);
        _earlier.Add(masker);
    }

    /// <param name="told">An end was just told, after which Gone may follow.</param>
    private void SayGone(bool told = false)
    {
        lock (_gate)
        {
            if (told) _telling--;
            if (!_destroyed || _gone || _current is not null || _telling > 0) return;
            _gone = true;
        }

        events.Gone(id);
    }
}
