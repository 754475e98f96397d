using System.Buffers;
using System.Globalization;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>
/// Points in time as feeds write them: RFC 822 with its zones and its two-digit years, ISO 8601 in whole and in part.
/// One without a zone is taken for UTC.
/// </summary>
internal static class FeedDates
{
    private static readonly string[] Months =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    private static readonly Dictionary<string, double> Zones = new (string Name, double Hours)[]
    {
        ("UT", 0), ("GMT", 0), ("UTC", 0), ("Z", 0), ("WET", 0), ("BST", 1), ("WEST", 1), ("CET", 1), ("CEST", 2),
        ("EET", 2), ("EEST", 3), ("MSK", 3), ("IST", 5.5), ("JST", 9), ("AEST", 10), ("AEDT", 11),
        ("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7),
        ("AKST", -9), ("AKDT", -8), ("HST", -10),
    }.ToDictionary(zone => zone.Name, zone => zone.Hours, StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<char> ClockCharacters = SearchValues.Create("0123456789:.,");

    /// <summary>ISO 8601 in UTC, to the second: `2026-01-31T12:00:00Z`.</summary>
    public static string? Text(DateTimeOffset? date) =>
        date?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Null where nobody can tell.</summary>
    public static DateTimeOffset? Parse(string? text)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text) || text.Length > 100) return null;
        return char.IsAsciiDigit(text[0]) && text.Length >= 4 && text.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0
            ? Iso(text)
            : Mail(text);
    }

    /// <summary>
    /// `2003`, `2003-12`, `2003-12-13`, `2003-12-13T18:30:02.25+01:00`, with a blank for the T, and without dashes.
    /// </summary>
    private static DateTimeOffset? Iso(string text)
    {
        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces;
        string[] formats = ["yyyy", "yyyy-M", "yyyy-M-d", "yyyyMMdd", "yyyy/M/d"];
        if (DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, Styles, out var date))
            return date;
        var split = text.AsSpan().IndexOfAny('T', 't', ' ');
        if (split < 0 || !DateTimeOffset.TryParseExact(
            text.AsSpan(0, split), formats, CultureInfo.InvariantCulture, Styles, out var day))
        {
            return null;
        }

        return Time(text[(split + 1)..].Trim()) is { } time ? At(day.DateTime, time) : null;
    }

    /// <summary>
    /// `Sun, 6 Nov 94 08:49:37 EST`; day of week, seconds and zone may lack, and the month may be in full.
    /// </summary>
    private static DateTimeOffset? Mail(string text)
    {
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var words =
            text[(comma + 1)..].Split((char[])[' ', '\t', '\n', '\r', '-'], StringSplitOptions.RemoveEmptyEntries);
        var wordsBeforeTime = 3;
        if (words.Length > 0 && IsDayOfWeek(words[0])) (words, wordsBeforeTime) = (words[1..], 4);
        if (words.Length < 3) return null;
        if (Month(words[0]) is { } first && Number(words[1]) is not null) (words[0], words[1]) = (words[1], words[0]);
        if (Number(words[0]) is not { } day || (Month(words[1])) is not { } month || Number(words[2]) is not { } year)
            return null;
        if (words[2].Length <= 2) year += year < 70 ? 2000 : 1900;
        else if (words[2].Length == 3) year += 1900;
        if (year is < 1 or > 9999 || month > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return null;
        var date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        if (words.Length == 3) return At(date, (TimeSpan.Zero, TimeSpan.Zero));
        // The words were cut at dashes too, and a zone may begin with one: the rest is taken as it stands.
        var rest = After(text, comma + 1, wordsBeforeTime);
        return Time(rest) is { } time ? At(date, time) : null;
    }

    /// <summary>What follows so many words.</summary>
    private static string After(string text, int at, int words)
    {
        for (; words > 0; words--)
        {
            while (IsBreak(text[at])) at++;
            while (!IsBreak(text[at])) at++;
        }

        return text[at..].TrimStart();
    }

    private static bool IsBreak(char c) => c is ' ' or '\t' or '\n' or '\r' or '-';

    /// <summary>`18:30`, `18:30:02.25`, `183002`, each with a zone or without.</summary>
    private static (TimeSpan Time, TimeSpan Zone)? Time(string text)
    {
        var end = text.AsSpan().IndexOfAnyExcept(ClockCharacters);
        var clock = end < 0 ? text : text[..end];
        var zone = end < 0 ? TimeSpan.Zero : Zone(text[end..].Trim());
        if (zone is not { } offset) return null;
        var parts = clock.Replace(',', '.').Split(':');
        if (parts.Length == 1 && clock.Length is 4 or 6 && !clock.Contains('.', StringComparison.Ordinal))
            parts = [.. clock.Chunk(2).Select(two => new string(two))];
        if (parts.Length is < 2 or > 3 || Number(parts[0]) is not { } hour || Number(parts[1]) is not { } minute)
            return null;
        var seconds = 0.0;
        if (parts.Length == 3
            && !double.TryParse(parts[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds))
        {
            return null;
        }

        // 24:00 is the end of a day, and :60 a leap second.
        if (hour > 24 || minute > 59 || seconds >= 61 || (hour == 24 && (minute > 0 || seconds > 0))) return null;
        return (new TimeSpan(hour, minute, 0) + TimeSpan.FromSeconds(Math.Min(seconds, 59.999)), offset);
    }

    private static TimeSpan? Zone(string text)
    {
        var comment = text.IndexOf('(', StringComparison.Ordinal);
        if (comment >= 0) text = text[..comment].Trim();
        if (text.Length == 0) return TimeSpan.Zero;
        foreach (var prefix in (string[])["GMT", "UTC"])
        {
            if (text.Length > 3 && text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) text = text[3..].Trim();
        }

        if (Zones.TryGetValue(text, out var hours)) return TimeSpan.FromHours(hours);
        // Single letters of the military were used the wrong way round so often that they mean nothing (RFC 2822).
        if (text.Length == 1 && char.IsAsciiLetter(text[0])) return TimeSpan.Zero;
        if (text[0] is not ('+' or '-')) return null;
        var digits = text[1..].Replace(":", "", StringComparison.Ordinal);
        if (digits.Length is 1 or 2) digits = digits.PadLeft(2, '0') + "00";
        if (digits.Length == 3) digits = "0" + digits;
        if (digits.Length != 4 || Number(digits) is not { } figure || figure % 100 > 59 || figure > 1400) return null;
        var offset = new TimeSpan(figure / 100, figure % 100, 0);
        return text[0] == '-' ? -offset : offset;
    }

    private static DateTimeOffset? At(DateTime date, (TimeSpan Time, TimeSpan Zone) time)
    {
        var ticks = date.Ticks + time.Time.Ticks - time.Zone.Ticks;
        return ticks < 0 || ticks > DateTime.MaxValue.Ticks ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    private static int? Month(string word)
    {
        if (word.Length < 3) return null;
        var month = Array.IndexOf(Months, word[..3].ToLowerInvariant());
        return month < 0 ? null : month + 1;
    }

    private static bool IsDayOfWeek(string word) => word.Length >= 3 && Month(word) is null
        && word.AsSpan().TrimEnd('.').IndexOfAnyExceptInRange('A', 'z') < 0;

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
