namespace Amoeba.Scheduling;

/// <summary>
/// Counts restarts in the OTP sense: more than <see cref="Most"/> within <see cref="Period"/> and the supervisor gives
/// up. Times are ticks of uptime.
/// </summary>
internal sealed class RestartIntensity
{
    public const int Most = 5;
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly Queue<long> _restarts = new();

    public int Recent => _restarts.Count;

    /// <summary>Counts one; true where that is one too many.</summary>
    public bool Exceeded(long now)
    {
        while (_restarts.TryPeek(out var first) && now - first > Period.Ticks)
        {
            _restarts.Dequeue();
        }

        _restarts.Enqueue(now);
        return _restarts.Count > Most;
    }
}
