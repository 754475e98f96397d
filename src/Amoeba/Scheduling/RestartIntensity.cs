namespace Amoeba.Scheduling;

/// <summary>
/// Counts restarts in the OTP sense: more than <see cref="Most"/> within <see cref="Period"/> and the supervisor gives
/// up. So it does after as many in a row, however long they take: what is started seldom must not fail for ever. Times
/// are ticks of uptime.
/// </summary>
internal sealed class RestartIntensity
{
    public const int Most = 5;
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly Queue<long> _restarts = new();

    public int Recent => _restarts.Count;

    /// <summary>Failures since one came up last.</summary>
    public int InARow { get; private set; }

    public void CameUp() => InARow = 0;

    /// <summary>Counts one; true where that is one too many.</summary>
    public bool Exceeded(long now)
    {
        while (_restarts.TryPeek(out var first) && now - first > Period.Ticks)
        {
            _restarts.Dequeue();
        }

        _restarts.Enqueue(now);
        InARow++;
        return Recent > Most || InARow > Most;
    }
}
