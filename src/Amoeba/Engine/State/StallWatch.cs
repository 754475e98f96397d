namespace Amoeba.Engine.State;

/// <summary>
/// Sees whether an attempt gets on. It counts looks and not seconds: where this whole process stood still, one look is
/// missed and not a thousand, and a look that comes late says nothing. So what was seen without progress for
/// <see cref="LooksOfStall"/> looks in a row had none for the whole limit.
/// </summary>
/// <param name="limit">Ticks without progress that are too many.</param>
internal sealed class StallWatch(long limit)
{
    public const int LooksOfStall = 4;

    private readonly long _every = Math.Max(1, limit / LooksOfStall);
    private long _since;
    private int _without;
    private bool _isLate;
    private bool _waits;

    /// <summary>When to look next, ticks of uptime; never before the attempt has begun.</summary>
    public long Due { get; private set; } = long.MaxValue;

    /// <summary>What it had got done when that was last seen to grow.</summary>
    public long Progress { get; private set; }

    /// <summary>Somebody looks now.</summary>
    public void Ask(long at)
    {
        _isLate = at - Due > _every;
        Due = long.MaxValue;
    }

    /// <summary>The attempt has begun; one that waits begins when it goes on.</summary>
    public void Begin(long at)
    {
        if (!_waits)
        {
            (_without, _since, Due) = (0, at, at + _every);
        }
    }

    /// <summary>It waits for something that is no work of its own, or goes on.</summary>
    public void Wait(bool waits, long at)
    {
        (_waits, _without, _since) = (waits, 0, at);
        Due = waits ? long.MaxValue : at + _every;
    }

    /// <summary>This was seen.</summary>
    /// <returns>True where it is stuck; from then on nobody looks.</returns>
    public bool See(long progress, long at)
    {
        if (_waits)
        {
            return false;
        }

        if (progress != Progress)
        {
            (Progress, _since, _without) = (progress, at, 0);
        }
        else if (!_isLate && ++_without == LooksOfStall)
        {
            return true;
        }

        Due = at + _every;
        return false;
    }

    /// <summary>How long it has been seen without progress.</summary>
    public TimeSpan Silence(long at) => TimeSpan.FromTicks(at - _since);
}
