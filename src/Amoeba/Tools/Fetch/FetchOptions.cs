using Amoeba.Plans;

namespace Amoeba.Tools.Fetch;

/// <summary>Who may allow addresses of private networks.</summary>
internal enum PrivateAccess
{
    /// <summary>A plan that says `private: true`.</summary>
    ByPlan,

    /// <summary>They are allowed to every plan.</summary>
    Always,

    /// <summary>Nobody: not even a plan.</summary>
    Never,
}

/// <summary>How `fetch` behaves in this installation.</summary>
internal sealed record FetchOptions
{
    public PrivateAccess Private { get; init; } = PrivateAccess.ByPlan;

    /// <summary>
    /// Hosts (`wiki.lan`, `*.lan`), addresses and CIDR blocks that are allowed to every plan, whatever kind they are.
    /// </summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    /// <summary>Servers on this machine may be reached.</summary>
    public bool Loopback { get; init; } = true;

    /// <summary>
    /// Connections to one host at once. 6: what browsers agreed on for HTTP/1.1, so that servers are built for it.
    /// </summary>
    public int PerHost { get; init; } = 6;

    /// <summary>
    /// Least time between two calls to one host. 100 ms, ten a second: quick for a few hundred pages, and harmless to
    /// a small server. It does not hold for loopback, which is nobody else's machine.
    /// </summary>
    public TimeSpan Gap { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// What headers of plans may take, as `env:NAME` and `file:PATH`, beside the variables that programs inherit.
    /// </summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>What a server is told; a plan may say another with a header.</summary>
    public string UserAgent { get; init; } = $"Amoeba/{typeof(FetchOptions).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>
    /// Bytes of answers that are kept to be asked about instead of fetched again; 0 keeps none. 256 MiB.
    /// </summary>
    public long CacheBytes { get; init; } = 256L << 20;

    /// <summary>For name, connection and handshake together. 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest time without a byte of the answer, where `limits.stall` says nothing. 30 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = StallLimits.Answers;

    /// <summary>The longest that a server may make an attempt wait by 429 or 503. 10 minutes.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often in a row one attempt waits for that. 8.</summary>
    public int MostWaits { get; init; } = 8;
}
