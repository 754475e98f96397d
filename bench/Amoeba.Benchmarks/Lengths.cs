namespace Amoeba.Benchmarks;

/// <summary>Lengths of tasks, seconds, from a seed.</summary>
internal static class Lengths
{
    /// <summary>Half of the seeds Pareto (exponent 1.5, least 1 s), half log-normal (sigma 1.5, median 1 s).</summary>
    public static float[] HeavyTailed(int seed, int count)
    {
        var chance = new Random(seed);
        return [.. Enumerable.Range(0, count)
            .Select(_ => seed % 2 == 0 ? Pareto(chance, 1.5) : LogNormal(chance, 1.5))];
    }

    public static float Pareto(Random chance, double exponent) =>
        (float)Math.Pow(1 - chance.NextDouble(), -1 / exponent);

    public static float LogNormal(Random chance, double sigma)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - chance.NextDouble())) * Math.Cos(2 * Math.PI * chance.NextDouble());
        return (float)Math.Exp(sigma * normal);
    }
}
