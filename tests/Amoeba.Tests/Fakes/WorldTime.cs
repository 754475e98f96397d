namespace Amoeba.Tests.Fakes;

/// <summary>Both of a machine's clocks, moved by hand; it has no timers.</summary>
internal sealed class WorldTime : TimeProvider
{
    private long _ticks = TimeSpan.TicksPerDay;
    private TimeSpan _wall;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public long Micros => _ticks / TimeSpan.TicksPerMicrosecond;

    public override DateTimeOffset GetUtcNow() => ManualTime.Start + TimeSpan.FromTicks(_ticks) + _wall;

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan time) => _ticks += time.Ticks;

    public void GoTo(long micros) => _ticks = micros * TimeSpan.TicksPerMicrosecond;

    public void JumpWall(TimeSpan by) => _wall += by;

    /// <summary>The machine's own clock begins anew; the wall's goes on.</summary>
    public void Restart()
    {
        _wall += TimeSpan.FromTicks(_ticks - TimeSpan.TicksPerSecond);
        _ticks = TimeSpan.TicksPerSecond;
    }
}
