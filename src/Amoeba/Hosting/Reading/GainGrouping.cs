using System.Globalization;
using Amoeba.Engine.Records;

namespace Amoeba.Hosting.Reading;

/// <summary>
/// What ended jobs are put together by. Periods are those of a time zone; weeks begin on Monday (ISO 8601).
/// </summary>
internal static class GainGrouping
{
    public const string Usual = "type";

    public static readonly IReadOnlyList<string> Names = [Usual, "day", "week", "month"];

    /// <param name="jobs">Oldest first.</param>
    /// <param name="by">One of <see cref="Names"/>.</param>
    /// <param name="zone">Whose days they are.</param>
    /// <returns>Types by name, periods from the oldest to the newest.</returns>
    public static IReadOnlyList<(string Name, GainFigures Figures)> Group(
        IEnumerable<JobFigures> jobs, string by, TimeZoneInfo zone) =>
    [
        .. jobs.GroupBy(
            job => by == Usual ? job.Type : Period(TimeZoneInfo.ConvertTime(job.Finished, zone).DateTime, by))
            .Select(group => (group.Key, GainFigures.Of(group))).OrderBy(group => group.Key, StringComparer.Ordinal),
    ];

    private static string Period(DateTime time, string by) => by switch
    {
        "day" => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "week" => string.Create(CultureInfo.InvariantCulture,
            $"{ISOWeek.GetYear(time):0000}-W{ISOWeek.GetWeekOfYear(time):00}"),
        _ => time.ToString("yyyy-MM", CultureInfo.InvariantCulture),
    };
}
