namespace Amoeba.StandIn;

/// <summary>Figures since the script was set. Calls of control are not in them.</summary>
public sealed record Statistics
{
    public required long Requests { get; init; }

    public required int Now { get; init; }

    /// <summary>Most requests at the same time.</summary>
    public required int Peak { get; init; }

    /// <summary>
    /// Requests by the status they were answered with; 0: the connection was closed or given up before one.
    /// </summary>
    public required IReadOnlyDictionary<int, long> Statuses { get; init; }

    /// <summary>Calls of models that passed the limits.</summary>
    public required long Admitted { get; init; }

    public required long InputTokens { get; init; }

    public required long OutputTokens { get; init; }

    /// <summary>Most admitted calls in any minute (of the limits' length).</summary>
    public required long MostRequestsAMinute { get; init; }

    /// <summary>Most tokens of admitted calls in any minute.</summary>
    public required long MostTokensAMinute { get; init; }

    /// <summary>By the address a request came to.</summary>
    public required IReadOnlyDictionary<string, HostStatistics> Hosts { get; init; }
}

/// <summary>Requests, and the most at the same time.</summary>
public sealed record HostStatistics(long Requests, int Peak);
