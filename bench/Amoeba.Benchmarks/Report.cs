using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amoeba.Benchmarks;

/// <summary>What was found, as a table for people and as JSON with every round for programs.</summary>
internal static class Report
{
    private static readonly string[] Titles = ["what", "Amoeba", "against", "theirs", "figure", "spread", "aim", ""];

    public static string Text(IReadOnlyList<Outcome> outcomes)
    {
        var rows = new List<string[]> { Titles };
        rows.AddRange(outcomes.SelectMany(outcome => outcome.Findings).Select(Row));
        var widths = Enumerable.Range(0, Titles.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            Line(text, row, widths);
            if (row == Titles)
            {
                Line(text, [.. widths.Select(width => new string('-', Math.Max(width, 3)))], widths);
            }
        }

        foreach (var outcome in outcomes.Where(outcome => outcome.Skipped is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{outcome.Name}: not measured; {outcome.Skipped}\n");
        }

        foreach (var finding in outcomes.SelectMany(outcome => outcome.Findings))
        {
            foreach (var series in finding.Raw)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"\n{finding.What}; {series.Name}: {Figure(series.Median, series.Unit)} ({Spread(series)})");
            }
        }

        return text.Append('\n').ToString();
    }

    public static string Json(IReadOnlyList<Outcome> outcomes)
    {
        var data = outcomes.Select(outcome => new OutcomeJson(
            outcome.Name, outcome.Skipped, [.. outcome.Findings.Select(Finding)])).ToList();
        return JsonSerializer.Serialize(new ReportJson(data), ReportJsonContext.Default.ReportJson) + "\n";
    }

    private static FindingJson Finding(Finding finding) => new(
        finding.What, finding.Against, finding.Ours, finding.Theirs, finding.Figure, finding.Value,
        new AimJson(finding.Aim.AtLeast ? "at least" : "at most", finding.Aim.Bound),
        finding.Met, finding.Note, finding.Raw);

    private static string[] Row(Finding finding)
    {
        var bound = Figure(finding.Aim.Bound, finding.Figure.Unit);
        return
        [
            finding.What,
            Figure(finding.Ours.Median, finding.Ours.Unit),
            finding.Against,
            finding.Theirs is { } theirs ? Figure(theirs.Median, theirs.Unit) : "",
            Figure(finding.Value, finding.Figure.Unit),
            Spread(finding.Figure),
            (finding.Aim.AtLeast ? ">= " : "<= ") + bound,
            finding.Met ? "met" : "MISSED",
        ];
    }

    private static void Line(StringBuilder text, string[] cells, int[] widths)
    {
        text.Append('|');
        for (var column = 0; column < cells.Length; column++)
        {
            text.Append(' ').Append(cells[column].PadRight(widths[column])).Append(" |");
        }

        text.Append('\n');
    }

    private static string Spread(Series series) => $"{Number(series.Least)}..{Number(series.Most)}";

    private static string Figure(double value, string unit) =>
        unit.Length == 0 ? Number(value) : $"{Number(value)} {unit}";

    /// <summary>
    /// Three digits that count; ratios near 1 keep four places, because a thousandth is the question there.
    /// </summary>
    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 0.9 and < 1.1 => value.ToString("0.####", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };
}

internal sealed record ReportJson(IReadOnlyList<OutcomeJson> Data);

internal sealed record OutcomeJson(string Name, string? Skipped, IReadOnlyList<FindingJson> Findings);

internal sealed record FindingJson(
    string What, string Against, Series Ours, Series? Theirs, Series Figure, double Value, AimJson Aim, bool Met,
    string? Note, IReadOnlyList<Series> Raw);

internal sealed record AimJson(string Kind, double Bound);

[JsonSerializable(typeof(ReportJson))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
