namespace Amoeba.StandIn;

public sealed record ModelServerOptions
{
    /// <summary>0: a free one.</summary>
    public int Port { get; init; }

    /// <summary>Listens on 127.0.0.1 to 127.0.0.N, all on one port; each counts as a host of its own.</summary>
    public int Addresses { get; init; } = 1;

    /// <summary>
    /// With a certificate for `localhost` and 127.0.0.1 that it signed itself, which no client trusts.
    /// </summary>
    public bool Https { get; init; }

    public Script Script { get; init; } = new();

    /// <summary>So many last requests are kept to be looked at.</summary>
    public int Keep { get; init; } = 10_000;

    /// <summary>What latency, limits and statistics are timed by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
