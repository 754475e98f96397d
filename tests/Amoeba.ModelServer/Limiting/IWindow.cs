namespace Amoeba.StandIn.Limiting;

/// <summary>
/// How much may pass in a minute. Called under the admission's lock; times are seconds since the script began.
/// </summary>
internal interface IWindow
{
    long Limit { get; }

    /// <summary>
    /// Seconds until <paramref name="amount"/> fits; 0 if it does. More than the limit never fits: then a whole window.
    /// </summary>
    double WaitFor(long amount, double now);

    void Take(long amount, double now);

    long Remaining(double now);

    /// <summary>Seconds until all of the limit is there again.</summary>
    double Reset(double now);
}

internal sealed class FixedWindow(long limit, double seconds) : IWindow
{
    private long _window = -1;
    private long _taken;

    public long Limit => limit;

    public double WaitFor(long amount, double now) => amount <= Remaining(now) ? 0 : (_window + 1) * seconds - now;

    public void Take(long amount, double now)
    {
        Turn(now);
        _taken += amount;
    }

    public long Remaining(double now)
    {
        Turn(now);
        return limit - _taken;
    }

    public double Reset(double now)
    {
        Turn(now);
        return (_window + 1) * seconds - now;
    }

    private void Turn(double now)
    {
        var window = (long)(now / seconds);
        if (window == _window) return;
        (_window, _taken) = (window, 0);
    }
}

internal sealed class SlidingWindow(long limit, double seconds) : IWindow
{
    private readonly Queue<(double At, long Amount)> _passed = new();
    private long _taken;

    public long Limit => limit;

    public double WaitFor(long amount, double now)
    {
        var left = Remaining(now);
        if (amount <= left) return 0;
        foreach (var (at, gone) in _passed)
        {
            left += gone;
            if (amount <= left) return at + seconds - now;
        }

        return seconds;
    }

    public void Take(long amount, double now)
    {
        _passed.Enqueue((now, amount));
        _taken += amount;
    }

    public long Remaining(double now)
    {
        while (_passed.TryPeek(out var oldest) && oldest.At + seconds <= now) _taken -= _passed.Dequeue().Amount;
        return limit - _taken;
    }

    public double Reset(double now) => Remaining(now) == limit ? 0 : _passed.Last().At + seconds - now;
}

internal sealed class TokenBucket(long limit, double seconds) : IWindow
{
    private readonly double _rate = limit / seconds;
    private double _level = limit;
    private double _at;

    public long Limit => limit;

    public double WaitFor(long amount, double now)
    {
        Fill(now);
        if (amount > limit) return seconds;
        return _level >= amount ? 0 : (amount - _level) / _rate;
    }

    public void Take(long amount, double now)
    {
        Fill(now);
        _level -= amount;
    }

    public long Remaining(double now)
    {
        Fill(now);
        return (long)Math.Max(0, _level);
    }

    public double Reset(double now)
    {
        Fill(now);
        return (limit - _level) / _rate;
    }

    private void Fill(double now)
    {
        _level = Math.Min(limit, _level + Math.Max(0, now - _at) * _rate);
        _at = now;
    }
}
