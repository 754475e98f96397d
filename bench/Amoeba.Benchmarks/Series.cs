namespace Amoeba.Benchmarks;

/// <summary>The same thing measured several times, in the order it was measured.</summary>
internal sealed record Series(string Name, string Unit, IReadOnlyList<double> Values)
{
    public double Median => Quantile(0.5);

    public double Least => Values.Min();

    public double Most => Values.Max();

    /// <summary>By nearest rank; the median of an even number is the mean of the middle two.</summary>
    public double Quantile(double share)
    {
        var sorted = Values.Order().ToArray();
        if (share == 0.5 && sorted.Length % 2 == 0)
        {
            return (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
        }

        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>Round by round, so that what slowed the machine for a while slowed both.</summary>
    public static Series Ratio(string name, Series over, Series under) =>
        new(name, "x", [.. over.Values.Zip(under.Values, (a, b) => a / b)]);
}
