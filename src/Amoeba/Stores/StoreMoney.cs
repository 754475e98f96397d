namespace Amoeba.Stores;

/// <summary>Stored money: billionths of a dollar, so that sums are exact.</summary>
internal static class StoreMoney
{
    private const decimal Unit = 1_000_000_000m;
    private const decimal Most = 9_000_000_000m;

    /// <summary>
    /// More than nine billion dollars is kept as that: a sum of figures that cannot be true is no reason to stop.
    /// </summary>
    public static long Of(decimal dollars) =>
        dollars == 0 ? 0 : (long)decimal.Round(Math.Clamp(dollars, -Most, Most) * Unit);

    public static decimal Of(long billionths) => billionths == 0 ? 0 : billionths / Unit;
}
