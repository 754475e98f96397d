using System.Globalization;

namespace Amoeba.Processes;

/// <summary>Sizes beside each other, in the units in which limits are given: each 1024 of the one before.</summary>
internal static class MemoryWords
{
    private const int Gigabytes = 3;
    private static readonly string[] Units = ["bytes", "KB", "MB", "GB", "TB"];

    /// <summary>What was seen and its limit, each in its own unit, with as many digits as tell them apart.</summary>
    public static (string Seen, string Limit) Pair(long seen, long limit)
    {
        for (var digits = 0; ; digits++)
        {
            var pair = (Of(seen, digits), Of(limit, digits));
            if (pair.Item1 != pair.Item2 || seen == limit) return pair;
        }
    }

    private static string Of(long bytes, int digits)
    {
        var unit = 0;
        while (unit < Units.Length - 1 && bytes >> (10 * (unit + 1)) > 0) unit++;
        digits = Math.Max(digits, unit >= Gigabytes ? 1 : 0);
        var format = digits == 0 ? "0" : "0." + new string('#', digits);
        return ((decimal)bytes / (1L << (10 * unit))).ToString(format, CultureInfo.InvariantCulture)
            + " " + Units[unit];
    }
}
