namespace Amoeba.Scheduling;

/// <summary>What keeps a call back.</summary>
internal enum QuotaReason
{
    Nothing,

    /// <summary>The server said when to ask again.</summary>
    Blocked,

    /// <summary>After a refusal few calls go first, then more.</summary>
    Recovering,

    Requests,

    Tokens,

    Concurrency,
}

/// <summary>When a call may go.</summary>
/// <param name="At">The earliest moment, if nothing else changes; <see cref="Unknown"/> where that
/// depends on others' calls.</param>
/// <param name="Why">What keeps it back until then.</param>
/// <param name="Limit">The figure of that limit; 0 where there is none.</param>
/// <param name="Felt">The limit was felt for, and not configured or said.</param>
internal readonly record struct QuotaTurn(
    long At, QuotaReason Why = QuotaReason.Nothing, long Limit = 0, bool Felt = false)
{
    public const long Unknown = long.MaxValue;
}

/// <summary>A call that waits.</summary>
internal readonly record struct QuotaWaiter(string Parent, long Number, string Job, long Tokens, long Came);
