using System.Globalization;

namespace Amoeba.Deciding;

/// <summary>Figures as people say them.</summary>
internal static class Say
{
    /// <summary>US dollars, with as many digits as a small sum needs.</summary>
    public static string Money(decimal dollars) => dollars switch
    {
        0 => "$0",
        < 0.01m => Invariant($"${dollars:0.0000}"),
        _ => Invariant($"${dollars:N2}"),
    };

    public static string Seconds(double seconds) => seconds switch
    {
        <= 0 => "0 s",
        < 0.0005 => "under 1 ms",
        < 0.0995 => Invariant($"{seconds * 1000:0} ms"),
        < 9.95 => Invariant($"{seconds:0.0} s"),
        < 120 => Invariant($"{seconds:0} s"),
        < 7200 => Two(seconds, 60, "min", "s"),
        < 172_800 => Two(seconds / 60, 60, "h", "min"),
        _ => Two(seconds / 3600, 24, "days", "h"),
    };

    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => Invariant($"{bytes} B"),
        < 1024 * 1024 => Invariant($"{bytes / 1024.0:0} KB"),
        < 1024 * 1024 * 1024 => Invariant($"{bytes / (1024.0 * 1024):0} MB"),
        _ => Invariant($"{bytes / (1024.0 * 1024 * 1024):0.#} GB"),
    };

    public static string Percent(double share) => Invariant($"{Math.Floor(share * 100 + 1e-9):0}%");

    public static string Count(long count, string one, string many) =>
        count == 1 ? $"1 {one}" : Invariant($"{count:#,0} {many}");

    private static string Two(double value, int size, string large, string small)
    {
        var whole = (long)Math.Round(value);
        return whole % size == 0
            ? Invariant($"{whole / size} {large}")
            : Invariant($"{whole / size} {large} {whole % size} {small}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
