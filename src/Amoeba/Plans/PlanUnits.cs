using System.Globalization;

namespace Amoeba.Plans;

/// <summary>Figures with units as people write them: `1h30m`, `500ms`, `256MB`.</summary>
internal static class PlanUnits
{
    public const NumberStyles Decimal =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The longest time a plan may name; long enough for any job and far from overflow.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromDays(3660);

    public static CultureInfo Culture => CultureInfo.InvariantCulture;

    /// <summary>Parts such as `1h30m`, in d, h, m, s and ms; without a unit, seconds. Never negative.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty) return false;
        decimal seconds = 0;
        while (!rest.IsEmpty)
        {
            if (!TakeNumber(ref rest, out var number)) return false;
            var letters = 0;
            while (letters < rest.Length && char.IsAsciiLetter(rest[letters])) letters++;
            if (UnitSeconds(rest[..letters]) is not { } unit || (letters == 0 && seconds != 0)) return false;
            seconds += number * unit;
            rest = rest[letters..].TrimStart();
            if (seconds > (decimal)LongestTime.TotalSeconds) return false;
        }

        duration = new TimeSpan((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    /// <summary>
    /// A number with B, KB, MB, GB or TB (or KiB and so on), each 1024 of the one before; without, bytes.
    /// </summary>
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        var rest = text.AsSpan().Trim();
        if (!TakeNumber(ref rest, out var number)) return false;
        Span<char> unit = stackalloc char[4];
        rest = rest.Trim();
        if (rest.Length > 3) return false;
        rest.ToUpperInvariant(unit);
        var power = unit[..rest.Length] switch
        {
            "" or "B" => 0,
            "K" or "KB" or "KIB" => 1,
            "M" or "MB" or "MIB" => 2,
            "G" or "GB" or "GIB" => 3,
            "T" or "TB" or "TIB" => 4,
            _ => -1,
        };
        if (power < 0) return false;
        var total = number * (1L << (10 * power));
        if (total > 1L << 60) return false;
        bytes = (long)total;
        return true;
    }

    /// <summary>The shortest text that <see cref="TryDuration"/> reads back: seconds.</summary>
    public static string Seconds(TimeSpan duration) =>
        ((decimal)duration.Ticks / TimeSpan.TicksPerSecond).ToString("0.#######", Culture);

    /// <summary>As a person writes it, such as `1h30m`.</summary>
    public static string Show(TimeSpan duration)
    {
        if (duration.Ticks % TimeSpan.TicksPerSecond != 0 || duration == TimeSpan.Zero) return Seconds(duration) + "s";
        var text = "";
        if (duration.Days > 0) text += $"{duration.Days}d";
        if (duration.Hours > 0) text += $"{duration.Hours}h";
        if (duration.Minutes > 0) text += $"{duration.Minutes}m";
        return duration.Seconds > 0 ? $"{text}{duration.Seconds}s" : text;
    }

    /// <summary>As a person writes it, exactly, such as `256MB`.</summary>
    public static string ShowSize(long bytes)
    {
        string[] units = ["B", "KB", "MB", "GB", "TB"];
        var power = 0;
        while (power < units.Length - 1 && bytes != 0 && bytes % 1024 == 0) (bytes, power) = (bytes / 1024, power + 1);
        return $"{bytes.ToString(Culture)}{units[power]}";
    }

    private static bool TakeNumber(ref ReadOnlySpan<char> text, out decimal number)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == '.')) length++;
        var read = decimal.TryParse(text[..length], NumberStyles.AllowDecimalPoint, Culture, out number)
            && number < 1_000_000_000_000_000_000m;
        text = text[length..].TrimStart();
        return read;
    }

    private static decimal? UnitSeconds(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => 0.001m,
        "" or "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => null,
    };
}
