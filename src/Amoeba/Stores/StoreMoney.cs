namespace Amoeba.Stores;

/// <summary>Stored money: billionths of a dollar, so that sums are exact.</summary>
internal static class StoreMoney
{
    private const decimal Unit = 1_000_000_000m;

    public static long Of(decimal dollars) => dollars == 0 ? 0 : (long)decimal.Round(dollars * Unit);

    public static decimal Of(long billionths) => billionths == 0 ? 0 : billionths / Unit;
}
