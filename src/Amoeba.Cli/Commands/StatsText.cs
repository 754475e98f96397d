using System.Globalization;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Hosting.Reading;

namespace Amoeba.Cli.Commands;

/// <summary>What jobs came to, in words and in a table that fits the terminal.</summary>
internal static class StatsText
{
    private const int MostName = 24;

    public static IEnumerable<string> Total(GainFigures total, decimal? rate, DateTimeOffset? since)
    {
        yield return $"{Say.Count(total.Jobs, "job", "jobs")} with {Say.Count(total.Tasks, "task", "tasks")}"
            + (since is { } from
                ? $" since {from.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}"
                : "");
        yield return $"{Saved(total)} against one by one: {Say.Seconds(total.TaskSeconds)} of tasks in "
            + $"{Say.Seconds(total.Seconds)}"
            + (rate is { } hour ? $"; worth {Value(total, hour)} at {Say.Money(hour)} an hour"
                : "; hourly_rate in the configuration gives its worth");
        yield return $"cost {Say.Money(total.CostUsd)}; tokens: {Number(total.Tokens.Input)} read, "
            + $"{Number(total.Tokens.Cached)} cached, "
            + $"{Number(total.Tokens.Output)} written";
        yield return $"{Number(total.Failed)} failed, {Number(total.Skipped)} skipped, {Number(total.Reused)} reused, "
            + $"{Say.Count(total.Retries, "attempt", "attempts")} tried again";
    }

    public static void Groups(
        CliConsole console, string by,
        IReadOnlyList<(string Name, GainFigures Figures)> groups, decimal? rate, int width)
    {
        // A row that breaks in the middle is no row.
        if (AsTable(by, groups, rate) is var table && table.Width <= width)
            table.Write(console.Out, Style.ForOutput(console), width);
        else AsList(console, groups, rate, width);
    }

    private static Table AsTable(
        string by, IReadOnlyList<(string Name, GainFigures Figures)> groups, decimal? rate)
    {
        string[] headers = [by.ToUpperInvariant(), "JOBS", "TASKS", "SAVED", "COST", "TOKENS", "FAILED", "AGAIN"];
        var table = new Table(rate is null ? headers : [.. headers[..4], "WORTH", .. headers[4..]]);
        foreach (var (name, figures) in groups)
        {
            string[] cells =
            [
                TextWidth.Cut(TextWidth.Clean(name), MostName), Short(figures.Jobs), Short(figures.Tasks),
                Signed(figures.SavedSeconds), Say.Money(figures.CostUsd), Short(Tokens(figures)), Short(figures.Failed),
                Short(figures.Retries),
            ];
            table.Add(rate is { } hour ? [.. cells[..4], Value(figures, hour), .. cells[4..]] : cells);
        }

        return table;
    }

    private static void AsList(
        CliConsole console, IReadOnlyList<(string Name, GainFigures Figures)> groups, decimal? rate, int width)
    {
        var style = Style.ForOutput(console);
        foreach (var (name, figures) in groups)
        {
            console.Out.WriteLine(style.Bold(TextWidth.Cut(TextWidth.Clean(name), width)));
            var facts =
                $"  {Say.Count(figures.Jobs, "job", "jobs")}, "
                    + $"{Say.Count(figures.Tasks, "task", "tasks")}, {Saved(figures)}"
                + (rate is { } hour ? $" worth {Value(figures, hour)}" : "")
                + $", cost {Say.Money(figures.CostUsd)}, {Short(Tokens(figures))} tokens, "
                + $"{Short(figures.Failed)} failed, {Short(figures.Retries)} tried again";
            console.Out.WriteLine(Wrapping.Wrap(facts, width, 2));
        }
    }

    private static long Tokens(GainFigures figures) =>
        figures.Tokens.Input + figures.Tokens.Cached + figures.Tokens.Output;

    private static string Saved(GainFigures figures) => figures.SavedSeconds < 0
        ? $"{Say.Seconds(-figures.SavedSeconds)} lost"
        : $"{Say.Seconds(figures.SavedSeconds)} saved";

    private static string Signed(double seconds) => seconds < 0 ? "-" + Say.Seconds(-seconds) : Say.Seconds(seconds);

    private static string Value(GainFigures figures, decimal hour)
    {
        var value = figures.Value(hour);
        return value < 0 ? "-" + Say.Money(-value) : Say.Money(value);
    }

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>At most five characters.</summary>
    private static string Short(long number) => number switch
    {
        < 10_000 => number.ToString(CultureInfo.InvariantCulture),
        < 1_000_000 => (number / 1000).ToString(CultureInfo.InvariantCulture) + "k",
        _ => (number / 1e6).ToString(number < 10_000_000 ? "0.0" : "0", CultureInfo.InvariantCulture) + "M",
    };
}
