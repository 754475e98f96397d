namespace Amoeba.Deciding;

/// <summary>
/// Finds the number of children with the least makespan, and of those within 5% of it the smallest (SPEC 3.3). Few
/// segments are played at every width; for many the widths grow by about two fifths, and the gap before the first good
/// one is halved until it closes, which takes the makespan to fall with the width as far as 5% can tell.
/// </summary>
internal static class WidthSearch
{
    public const double Tolerance = 1.05;

    private const long AllWidths = 2048;

    public static int Best(int least, int most, int segments, Func<int, double> makespan)
    {
        var widths = (long)segments * (most - least + 1) <= AllWidths ? Every(least, most) : Growing(least, most);
        var seconds = Array.ConvertAll(widths, width => makespan(width));
        var good = seconds.Min() * Tolerance;
        var first = Array.FindIndex(seconds, value => value <= good);
        var (low, high) = (first == 0 ? widths[0] : widths[first - 1] + 1, widths[first]);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (makespan(middle) <= good)
                high = middle;
            else
                low = middle + 1;
        }
        return high;
    }

    private static int[] Every(int least, int most)
    {
        var widths = new int[most - least + 1];
        for (var i = 0; i < widths.Length; i++) widths[i] = least + i;
        return widths;
    }

    private static int[] Growing(int least, int most)
    {
        var widths = new List<int>();
        for (long width = least; width < most; width += Math.Max(1, width * 2 / 5))
            widths.Add((int)width);
        widths.Add(most);
        return [.. widths];
    }
}
