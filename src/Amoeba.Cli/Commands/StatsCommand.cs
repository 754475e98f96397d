using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Hosting.Configuration;
using Amoeba.Hosting.Reading;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

/// <summary>What the jobs came to that are kept: time saved against one by one, its worth, cost, failures.</summary>
internal static class StatsCommand
{
    public static readonly OptionSpec By = new("--by", "WHAT", "type (default), day, week or month");
    public static readonly OptionSpec Since =
        new("--since", "TIME", "Only jobs that ended within it, such as 30d or 12h (default: all that are kept)");

    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var by = call.Value(By) ?? GainGrouping.Usual;
        if (!GainGrouping.Names.Contains(by))
            throw new UsageException($"--by {by}: expected {string.Join(", ", GainGrouping.Names)}.");
        var since = SinceOf(call);
        var jobs = workplace.Reader.Figures(since ?? DateTimeOffset.MinValue);
        var groups = GainGrouping.Group(jobs, by, call.Console.Time.LocalTimeZone);
        var total = GainFigures.Of(jobs);
        if (call.Json) WriteJson(call, workplace.Config, since, total, groups);
        else Print(call, workplace.Config, by, since, total, groups);
        return ExitCodes.Done;
    }

    private static DateTimeOffset? SinceOf(CommandCall call)
    {
        if (call.Value(Since) is not { } text) return null;
        var now = call.Console.Time.GetUtcNow();
        return PlanUnits.TryDuration(text, out var time)
            && time > TimeSpan.Zero && time < now - DateTimeOffset.UnixEpoch
            ? now - time
            : throw new UsageException($"--since {text}: expected a time such as 30d, 12h or 90m.");
    }

    private static void WriteJson(
        CommandCall call, AmoebaConfig config, DateTimeOffset? since, GainFigures total,
        IReadOnlyList<(string Name, GainFigures Figures)> groups) => JsonOutput.Write(
            call.Console,
            new StatsJson(
                [.. groups.Select(group => Row(group.Name, group.Figures, config.HourlyRate))],
                Row("total", total, config.HourlyRate), since, config.HourlyRate,
                new KeptJson(config.Retention.Jobs.TotalDays, config.Retention.Keep)),
            CliJsonContext.Default.StatsJson);

    private static StatsRowJson Row(string name, GainFigures figures, decimal? rate) => new(
        name, figures.Jobs, figures.FailedJobs, figures.CancelledJobs, figures.Tasks, figures.Succeeded, figures.Failed,
        figures.Skipped, figures.Reused, figures.Retries, JobFormat.Rounded(figures.Seconds),
        JobFormat.Rounded(figures.TaskSeconds), JobFormat.Rounded(figures.SavedSeconds),
        rate is { } hour ? Math.Round(figures.Value(hour), 6) : null, figures.CostUsd,
        new TokensJson(figures.Tokens.Input, figures.Tokens.Output, figures.Tokens.Cached, figures.Tokens.Reasoning));

    private static void Print(
        CommandCall call, AmoebaConfig config, string by, DateTimeOffset? since, GainFigures total,
        IReadOnlyList<(string Name, GainFigures Figures)> groups)
    {
        var console = call.Console;
        var kept = $"Jobs are kept {Say.Seconds(config.Retention.Jobs.TotalSeconds)} after they ended, "
            + $"and the newest {config.Retention.Keep} longer.";
        if (total.Jobs == 0)
        {
            if (!call.Quiet) console.Error.WriteLine($"no job ended{(since is null ? "" : " in this time")}. {kept}");
            return;
        }

        var width = Wrapping.WidthOf(console);
        foreach (var line in StatsText.Total(total, config.HourlyRate, since))
            console.Out.WriteLine(Wrapping.Wrap(line, width, 2));
        console.Out.WriteLine();
        StatsText.Groups(console, by, groups, config.HourlyRate, width);
        if (!call.Quiet) console.Error.WriteLine(Wrapping.Wrap(kept, width, 0));
    }
}
