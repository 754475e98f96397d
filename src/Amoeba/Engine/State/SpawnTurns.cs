namespace Amoeba.Engine.State;

/// <summary>The starts of one kind of heavy children that this parent was given, in ticks of uptime.</summary>
internal sealed class SpawnTurns
{
    /// <summary>A start that is not made so soon after its moment is not made: others have the next ones.</summary>
    private static readonly long Lapse = TimeSpan.FromSeconds(0.5).Ticks;

    /// <summary>Between two questions where the line was too long.</summary>
    private static readonly long Again = TimeSpan.FromSeconds(1).Ticks;

    /// <summary>Nobody notices a shorter wait.</summary>
    private static readonly long Noticed = TimeSpan.FromSeconds(1).Ticks;

    private readonly Queue<long> _due = new();
    private bool _asked;
    private long _notBefore;

    /// <summary>A child may be started now.</summary>
    public bool MayStart(long now)
    {
        while (_due.TryPeek(out var lapsed) && lapsed + Lapse < now) _due.Dequeue();
        return _due.TryPeek(out var due) && due <= now;
    }

    public void Use() => _due.Dequeue();

    /// <summary>There are no more, and nobody asked for some yet.</summary>
    public bool HasToAsk(long now) => !_asked && now >= _notBefore && !MayStart(now) && _due.Count == 0;

    public void Ask() => _asked = true;

    public void Give(long now, IReadOnlyList<TimeSpan> after)
    {
        _asked = false;
        foreach (var wait in after) _due.Enqueue(now + wait.Ticks);
        _notBefore = after.Count == 0 ? now + Again : now;
    }

    /// <summary>
    /// The next start is due only after a while: then tells when, or null where the line is too long to know.
    /// </summary>
    public bool IsLong(long now, out long? due)
    {
        due = _due.TryPeek(out var next) ? next : null;
        return due is { } at ? at - now > Noticed : !_asked && _notBefore > now;
    }

    /// <summary>When something changes by itself; <see cref="long.MaxValue"/> for never.</summary>
    public long NextAfter(long now)
    {
        if (_due.TryPeek(out var due)) return due > now ? due : long.MaxValue;
        return !_asked && _notBefore > now ? _notBefore : long.MaxValue;
    }
}
