using Amoeba.Scheduling;

namespace Amoeba.Tests.Scheduling;

/// <summary>A server that counts what it is asked, and refuses what is too much.</summary>
internal interface ICountingServer
{
    /// <summary>Takes a call.</summary>
    /// <param name="at">When it arrives, in microseconds; never earlier than the one before.</param>
    /// <param name="tokens">What it takes.</param>
    /// <returns>Null where it was taken; otherwise after what time to ask again, in microseconds.</returns>
    long? Take(long at, long tokens);
}

/// <summary>Counts by minutes that begin at its own moments.</summary>
internal sealed class FixedWindowServer(long requests, long tokens, long offset) : ICountingServer
{
    private long _minute = -1;
    private long _requests;
    private long _tokens;

    public long? Take(long at, long cost)
    {
        var minute = (at + offset) / QuotaTiming.Minute;
        if (minute != _minute)
        {
            (_minute, _requests, _tokens) = (minute, 0, 0);
        }

        if (_requests + 1 > requests || _tokens + cost > tokens)
            return QuotaTiming.Minute - (at + offset) % QuotaTiming.Minute;
        _requests++;
        _tokens += cost;
        return null;
    }
}

/// <summary>Counts the last minute at every moment.</summary>
internal sealed class SlidingWindowServer(long requests, long tokens) : ICountingServer
{
    private readonly Queue<(long At, long Tokens)> _last = new();
    private long _tokens;

    public long? Take(long at, long cost)
    {
        while (_last.Count > 0 && _last.Peek().At <= at - QuotaTiming.Minute)
            _tokens -= _last.Dequeue().Tokens;
        if (_last.Count + 1 > requests || _tokens + cost > tokens)
            return _last.Count == 0 ? QuotaTiming.Second : _last.Peek().At + QuotaTiming.Minute - at;
        _last.Enqueue((at, cost));
        _tokens += cost;
        return null;
    }
}

/// <summary>A bucket that holds what is given, fills up evenly within a minute, and is full at first.</summary>
internal sealed class BucketServer(long requests, long tokens, double most = 1) : ICountingServer
{
    private double _requests = requests * most;
    private double _tokens = tokens * most;
    private long _at;

    public long? Take(long at, long cost)
    {
        var passed = (double)(at - _at) / QuotaTiming.Minute;
        _at = at;
        _requests = Math.Min(Math.Max(1, requests * most), _requests + passed * requests);
        _tokens = Math.Min(tokens * most, _tokens + passed * tokens);
        if (_requests < 1 || _tokens < cost)
            return (long)(QuotaTiming.Minute * Math.Max((1 - _requests) / requests, (cost - _tokens) / tokens)) + 1;
        _requests--;
        _tokens -= cost;
        return null;
    }
}

/// <summary>Refuses what any of several would.</summary>
internal sealed class StrictestServer(params ICountingServer[] servers) : ICountingServer
{
    public static StrictestServer Of(long requests, long tokens) => new(
        new FixedWindowServer(requests, tokens, 0), new FixedWindowServer(requests, tokens, 17 * QuotaTiming.Second),
        new SlidingWindowServer(requests, tokens), new BucketServer(requests, tokens));

    public long? Take(long at, long tokens)
    {
        long? refused = null;
        foreach (var server in servers)
            refused = server.Take(at, tokens) ?? refused;
        return refused;
    }
}
