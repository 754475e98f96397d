using Amoeba.Scheduling;

namespace Amoeba.Engine.Ports;

/// <summary>
/// What all parents of a store reserve of what servers allow, and what they used. One call is one short transaction;
/// it survives the death of the process, but not certainly a power cut: after that the last minute may be forgotten.
/// Calls come from one thread of this process at a time; other processes write at once. The ledger has its own clock,
/// which goes on by what really passed, whatever is done to the wall's.
/// </summary>
internal interface IQuotaLedger : IDisposable
{
    /// <summary>
    /// Takes what a parent has to say of its calls, and lets go those of its calls whose turn it is. Calls that wait
    /// are kept; the line goes over all parents. A parent that was not added, or was removed, or was not heard of for
    /// <see cref="QuotaPatience.Waiting"/>, holds nobody up. What a removed parent had reserved stays in the window;
    /// its calls under way do not count any more, as do those of a parent not heard of for
    /// <see cref="QuotaPatience.InFlight"/>.
    /// </summary>
    /// <exception cref="StoreUnusableException">Nothing was written.</exception>
    QuotaAnswer Exchange(string parent, QuotaBatch batch);
}

/// <summary>How long the ledger believes in a parent that it does not hear of, in microseconds.</summary>
internal static class QuotaPatience
{
    public const long Waiting = 2 * QuotaTiming.Second;

    public const long InFlight = QuotaTiming.Minute;

    /// <summary>How long a key is kept that nobody uses.</summary>
    public const long Unused = 24 * 60 * QuotaTiming.Minute;
}

/// <summary>All that a parent has to say since the last exchange.</summary>
internal sealed class QuotaBatch
{
    /// <summary>What is configured for each key that the parent has calls waiting for or speaks of.</summary>
    public Dictionary<string, QuotaSpec> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>New calls. Their numbers are the parent's own, and grow.</summary>
    public List<QuotaRequest> Asked { get; } = [];

    /// <summary>Calls that wait no longer.</summary>
    public List<(string Key, long Number)> Withdrawn { get; } = [];

    public List<QuotaSettlement> Settled { get; } = [];

    public List<QuotaRefused> Refused { get; } = [];

    public bool IsEmpty => Asked.Count + Withdrawn.Count + Settled.Count + Refused.Count == 0;
}

internal readonly record struct QuotaRequest(string Key, long Number, string Job, long Tokens);

/// <param name="Key">Its key.</param>
/// <param name="Number">Its number; one the ledger does not know is passed over.</param>
/// <param name="Tokens">What it took; null: it was never sent.</param>
/// <param name="News">What the server said of its limits; resets count from now.</param>
internal readonly record struct QuotaSettlement(string Key, long Number, long? Tokens, QuotaNews? News = null);

/// <param name="Key">Its key.</param>
/// <param name="Number">Its number; 0 where it was let go without the ledger, because
/// nothing was known of the key.</param>
/// <param name="News">What the server said.</param>
/// <param name="Ago">How long ago it was let go, where it has no number.</param>
/// <param name="Seen">What the parent saw by itself until then, likewise.</param>
internal readonly record struct QuotaRefused(
    string Key, long Number, QuotaNews News, TimeSpan Ago = default, QuotaSeen Seen = default);

/// <summary>What came of an exchange.</summary>
internal sealed class QuotaAnswer
{
    /// <summary>Calls that go now.</summary>
    public List<(string Key, long Number)> Granted { get; } = [];

    /// <summary>Calls that can never go: the most tokens a minute is less than they want.</summary>
    public List<(string Key, long Number, long Most)> TooLarge { get; } = [];

    /// <summary>
    /// The parent's other calls. One that the parent waits for and that is not here has to be asked again.
    /// </summary>
    public List<QuotaWait> Waiting { get; } = [];
}

/// <param name="Key">Its key.</param>
/// <param name="Number">Its number.</param>
/// <param name="Why">What keeps it back.</param>
/// <param name="Limit">The figure of that limit; 0 where there is none.</param>
/// <param name="Felt">That limit was found by trying.</param>
/// <param name="In">From now, if nothing else changes; null where that depends on calls of others.</param>
internal readonly record struct QuotaWait(
    string Key, long Number, QuotaReason Why, long Limit, bool Felt, TimeSpan? In);
