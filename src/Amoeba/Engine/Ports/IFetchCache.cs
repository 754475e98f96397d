namespace Amoeba.Engine.Ports;

/// <summary>
/// Answers of servers, kept to be asked about instead of fetched again. Bounded: what was not used for longest goes.
/// Losing one costs a download and nothing else. Safe from any thread; several parents may share it.
/// </summary>
internal interface IFetchCache
{
    /// <summary>What is known under a key, without its body; null where nothing is.</summary>
    FetchCacheEntry? Find(string key);

    /// <summary>
    /// The body that belongs to what was found, which now counts as used; null where it went meanwhile.
    /// </summary>
    byte[]? Read(string key, FetchCacheEntry entry);

    /// <summary>Keeps an answer in place of any older one. One that is too long for the cache is left out.</summary>
    void Put(string key, FetchCacheEntry entry, ReadOnlySpan<byte> body);

    /// <summary>The server said that the answer still holds; until when it is fresh may have changed.</summary>
    void Confirm(string key, FetchCacheEntry entry, DateTimeOffset? freshUntil);

    /// <summary>Forgets what was not used since.</summary>
    /// <returns>How many answers that were.</returns>
    int Prune(DateTimeOffset unusedSince);
}

/// <summary>What is known of an answer.</summary>
/// <param name="Stored">When it was kept; with the key it says which answer is meant.</param>
/// <param name="FreshUntil">Until then the server need not be asked; null: it is asked each time.</param>
/// <param name="ETag">As the server gave it.</param>
/// <param name="LastModified">As the server gave it.</param>
/// <param name="ContentType">As the server gave it.</param>
internal sealed record FetchCacheEntry(
    DateTimeOffset Stored, DateTimeOffset? FreshUntil, string? ETag, string? LastModified, string? ContentType);

/// <summary>How large a cache may grow.</summary>
/// <param name="Bytes">All answers together. 256 MiB.</param>
/// <param name="BodyBytes">One answer. 4 MiB.</param>
internal sealed record FetchCacheLimits(long Bytes = 256L << 20, int BodyBytes = 4 << 20);
