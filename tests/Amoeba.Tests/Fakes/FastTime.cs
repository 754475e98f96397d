namespace Amoeba.Tests.Fakes;

/// <summary>
/// The system's clocks, so many times as fast: what takes minutes can be watched for real in seconds. With a fraction
/// they are slow: what has a second has many, however busy this machine is.
/// </summary>
internal sealed class FastTime(double times) : TimeProvider
{
    private readonly long _start = System.GetTimestamp();
    private readonly DateTimeOffset _began = System.GetUtcNow();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => _start + (long)((System.GetTimestamp() - _start) * times);

    public override DateTimeOffset GetUtcNow() => _began + System.GetElapsedTime(_start) * times;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Scaled(this, System.CreateTimer(callback, state, Of(dueTime), Of(period)));

    /// <summary>Rounded up: a timer that rings early would be set again and again.</summary>
    private TimeSpan Of(TimeSpan time) =>
        time <= TimeSpan.Zero ? time : TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds / times));

    private sealed class Scaled(FastTime time, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(time.Of(dueTime), time.Of(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
