using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn.Serving;

/// <summary>
/// When the tokens of one answer are due. Reckoned from the start, so that late timers do not add up.
/// </summary>
internal sealed class Pace(TimeProvider time, Chance chance, Latency latency)
{
    private readonly long _start = time.GetTimestamp();
    private double _due;

    public void First() => _due += latency.First.Sample(chance);

    public void Tokens(int count)
    {
        if (latency.Token.IsNone) return;
        for (var i = 0; i < count; i++) _due += latency.Token.Sample(chance);
    }

    /// <summary>Whether what comes next is due later than now.</summary>
    public bool IsAhead => _due > 0 && _due > time.GetElapsedTime(_start).TotalSeconds;

    public Task WaitAsync(CancellationToken cancel)
    {
        var left = _due - time.GetElapsedTime(_start).TotalSeconds;
        return left > 0 ? Task.Delay(TimeSpan.FromSeconds(left), time, cancel) : Task.CompletedTask;
    }
}
