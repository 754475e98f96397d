using Amoeba.Scheduling;

namespace Amoeba.Engine.Ports;

/// <summary>
/// Calls ask here before they are sent, so that all parents of a store together stay under what a server allows. Each
/// grant ends with exactly one <see cref="Settle"/> or <see cref="Throttled"/>. Safe from any thread.
/// </summary>
internal interface IQuotas
{
    /// <summary>
    /// Waits until the call may be sent; send it at once then. Waiting is said through <paramref name="waits"/>.
    /// Cancelled while it waits, nothing is taken.
    /// </summary>
    /// <exception cref="QuotaTooSmallException">The call is larger than a whole minute's quota: it
    /// can never be sent.</exception>
    /// <exception cref="StoreUnusableException">The ledger cannot be written.</exception>
    ValueTask<QuotaGrant> ReserveAsync(QuotaAsk ask, IAttemptWaits waits, CancellationToken cancel);

    /// <summary>The call ended, well or badly, but was not refused by a limit.</summary>
    void Settle(QuotaGrant grant, QuotaUse use);

    /// <summary>
    /// The server refused the call by a limit (429, or 503 and 529 with Retry-After). The key is blocked as long as the
    /// server said and its rate adapts; ask again for a new grant.
    /// </summary>
    void Throttled(QuotaGrant grant, QuotaNews news);
}

/// <param name="Key">`provider/model`: what shares one quota.</param>
/// <param name="Job">Waiting is fair between jobs.</param>
/// <param name="Tokens">The estimate, input and the most output together; 0 and more.</param>
/// <param name="Limits">What is configured for the key.</param>
internal sealed record QuotaAsk(string Key, string Job, long Tokens, QuotaSpec Limits);

/// <param name="Ask">What was asked.</param>
/// <param name="Ticket">Its number in the ledger, for the one who gave it.</param>
internal record QuotaGrant(QuotaAsk Ask, long Ticket);

/// <param name="Tokens">Input and output that the call really took; of a call that broke off, the best guess.</param>
/// <param name="Sent">False: it never reached the server, and counts for nothing.</param>
/// <param name="News">What the answer's rate-limit headers said.</param>
internal readonly record struct QuotaUse(long Tokens, bool Sent = true, QuotaNews? News = null);

/// <summary>What a server said about its limits.</summary>
/// <param name="RetryAfter">From now.</param>
/// <param name="Requests">Of the requests' limit.</param>
/// <param name="Tokens">Of the tokens' limit.</param>
internal sealed record QuotaNews(
    TimeSpan? RetryAfter = null, QuotaFigures? Requests = null, QuotaFigures? Tokens = null)
{
    public static QuotaNews None { get; } = new();
}

/// <summary>The figures of one family of rate-limit headers.</summary>
/// <param name="Limit">A minute.</param>
/// <param name="Remaining">What may still be asked now.</param>
/// <param name="Reset">From now, until all of it may be asked again.</param>
internal sealed record QuotaFigures(long? Limit = null, long? Remaining = null, TimeSpan? Reset = null);

/// <summary>
/// A call is larger than what its server allows in a whole minute. However often it is tried, it cannot succeed.
/// </summary>
internal sealed class QuotaTooSmallException(string message) : Exception(message);
