namespace Amoeba.Jobs;

/// <summary>When a limit is near (SPEC 8.3).</summary>
internal static class NearLimit
{
    /// <summary>Share of a limit from which on an attempt is warned of it.</summary>
    public const double Share = 0.8;

    public static bool Is(long used, long limit) => used >= limit * Share;
}
