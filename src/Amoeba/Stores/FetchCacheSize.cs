namespace Amoeba.Stores;

/// <summary>What an answer in the cache counts.</summary>
internal static class FetchCacheSize
{
    /// <summary>The body, and what is known of it.</summary>
    public static long Of(long body) => body + 512;
}
