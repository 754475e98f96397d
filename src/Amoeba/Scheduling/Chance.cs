namespace Amoeba.Scheduling;

/// <summary>
/// Chance that a restart repeats: a hash of what it is for (SplitMix64's finalizer; Steele, Lea and Flood, 2014).
/// </summary>
internal static class Chance
{
    /// <summary>A figure from 0 up to but not including 1.</summary>
    public static double Of(long seed, int task, int attempt, int purpose)
    {
        var hash = Mix((ulong)seed);
        hash = Mix(hash ^ (uint)task);
        hash = Mix(hash ^ ((ulong)(uint)attempt << 32 | (uint)purpose));
        return (hash >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
