namespace Amoeba.StandIn.Limiting;

internal readonly record struct Level(long Limit, long Remaining, TimeSpan Reset);

internal readonly record struct Levels(Level? Requests, Level? Tokens);

/// <summary>Which limit is reached (null: the call may pass) and when to try again.</summary>
internal readonly record struct Verdict(string? Over, TimeSpan Wait, Levels Levels);

/// <summary>Lets calls pass or not, for one set of limits.</summary>
internal sealed class Admission(Limits limits)
{
    // What a server that limits concurrency alone tells: it does not know when a call will end.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly IWindow? _requests = limits.Requests is { } requests ? Make(limits, requests) : null;
    private readonly IWindow? _tokens = limits.Tokens is { } tokens ? Make(limits, tokens) : null;
    private int _inside;

    /// <summary>A call that passed has to leave.</summary>
    public Verdict Enter(long tokens, double now)
    {
        lock (_lock)
        {
            if (_inside >= limits.Concurrency) return new Verdict("concurrent requests", Soon, Measure(now));
            var forRequests = _requests?.WaitFor(1, now) ?? 0;
            var forTokens = _tokens?.WaitFor(tokens, now) ?? 0;
            if (forRequests > 0 || forTokens > 0)
            {
                var over = forRequests >= forTokens ? "requests per minute" : "tokens per minute";
                return new Verdict(over, TimeSpan.FromSeconds(Math.Max(forRequests, forTokens)), Measure(now));
            }

            _requests?.Take(1, now);
            _tokens?.Take(tokens, now);
            _inside++;
            return new Verdict(null, TimeSpan.Zero, Measure(now));
        }
    }

    public void Leave()
    {
        lock (_lock) _inside--;
    }

    private Levels Measure(double now) => new(Measure(_requests, now), Measure(_tokens, now));

    private static Level? Measure(IWindow? window, double now) => window is null
        ? null
        : new Level(window.Limit, window.Remaining(now), TimeSpan.FromSeconds(Math.Max(0, window.Reset(now))));

    private static IWindow Make(Limits limits, long limit) => limits.Window switch
    {
        WindowKind.Fixed => new FixedWindow(limit, limits.Seconds),
        WindowKind.Bucket => new TokenBucket(limit, limits.Seconds),
        _ => new SlidingWindow(limit, limits.Seconds),
    };
}
