namespace Amoeba.Scheduling;

/// <summary>A call that a limit of its server refused.</summary>
internal readonly record struct QuotaRefusal
{
    public required long Now { get; init; }

    /// <summary>When the call was let go.</summary>
    public required long Granted { get; init; }

    /// <summary>The tokens that were reserved for it; null where it was not in the window.</summary>
    public long? Reserved { get; init; }

    /// <summary>Microseconds that the server asked to wait; null where it said nothing.</summary>
    public long? RetryAfter { get; init; }

    /// <summary>The server said that it is out of requests.</summary>
    public bool ByRequests { get; init; }

    /// <summary>The server said that it is out of tokens.</summary>
    public bool ByTokens { get; init; }

    /// <summary>Calls under way, without this one.</summary>
    public int InFlight { get; init; }

    /// <summary>What one parent saw by itself while nothing was counted for the key.</summary>
    public QuotaSeen Seen { get; init; }

    /// <summary>What is configured.</summary>
    public required QuotaSpec Limits { get; init; }
}

/// <summary>Calls and tokens of the last minute and calls under way, without those that were refused.</summary>
internal readonly record struct QuotaSeen(long Requests, long Tokens, int InFlight);
