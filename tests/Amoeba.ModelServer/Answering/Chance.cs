namespace Amoeba.StandIn.Answering;

/// <summary>
/// Numbers that follow from a seed (SplitMix64, Steele, Lea and Flood 2014): small, and quick to make per request.
/// </summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    public ulong NextBits()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below 1.</summary>
    public double Next() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    public int Below(int bound) => (int)(Next() * bound);

    /// <summary>Standard normal (Box and Muller).</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next());

    /// <summary>FNV-1a of 64 bits.</summary>
    public static ulong Hash(ReadOnlySpan<byte> bytes, ulong start = 14695981039346656037)
    {
        foreach (var b in bytes) start = (start ^ b) * 1099511628211;
        return start;
    }
}
