namespace Amoeba.Cli.Terminal;

/// <summary>Rate and time left from counts over time. The rate is that of the last quarter of a minute.</summary>
internal sealed class ProgressMeter
{
    private const double Span = 15;
    private readonly Queue<(double At, int Ended)> _samples = new();
    private (double At, int Ended)? _first;

    /// <param name="seconds">Seconds since any fixed moment; grows.</param>
    /// <param name="ended">Tasks that ended so far.</param>
    /// <param name="total">Tasks there are.</param>
    public (double? Rate, double? Left) Take(double seconds, int ended, int total)
    {
        _first ??= (seconds, ended);
        _samples.Enqueue((seconds, ended));
        while (_samples.Count > 2 && _samples.Peek().At < seconds - Span) _samples.Dequeue();
        var from = _samples.Peek();
        if (ended == _first.Value.Ended || seconds <= from.At) return (null, null);

        // A stretch without an end says little of the rate: then the whole run speaks.
        if (ended == from.Ended) from = _first.Value;
        var rate = (ended - from.Ended) / (seconds - from.At);
        return rate > 0 ? (rate, (total - ended) / rate) : (null, null);
    }
}
