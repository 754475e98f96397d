using System.Globalization;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

internal static class JobsCommand
{
    private const int UsualLimit = 50;

    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var limit = call.Number(CommonOptions.Limit, 1) ?? (call.Json ? int.MaxValue : UsualLimit);
        var jobs = workplace.Reader.List(State(call), limit).ToList();
        if (call.Json)
        {
            var rows = new ListJson<JobRowJson>([.. jobs.Select(Row)]);
            JsonOutput.Write(call.Console, rows, CliJsonContext.Default.ListJsonJobRowJson);
            return ExitCodes.Done;
        }

        if (jobs.Count == 0)
        {
            if (!call.Quiet) call.Console.Error.WriteLine("no jobs. 'amoeba run PLAN' makes one.");
            return ExitCodes.Done;
        }

        Print(call.Console, jobs);
        if (jobs.Count == limit && !call.Quiet) call.Console.Error.WriteLine($"the newest {limit}; more with --limit.");
        return ExitCodes.Done;
    }

    private static JobState? State(CommandCall call) =>
        PlanArguments.Word(call, CommonOptions.State, Enum.GetValues<JobState>().ToDictionary(Names.Of));

    private static JobRowJson Row(JobView job) => new(
        job.Id, job.Record.Name, Names.Of(job.State), JobFormat.Counts(job.Counts), JobFormat.Rounded(job.Seconds),
        job.Record.Created, job.Status.Reason, JobFormat.Tokens(job.Status.Tokens), job.Status.CostUsd);

    private static void Print(CliConsole console, List<JobView> jobs)
    {
        var costs = jobs.Exists(job => job.Status.CostUsd > 0);
        string[] headers =
            ["JOB", "STATE", "DONE", "FAILED", "TIME", .. costs ? ["COST"] : Array.Empty<string>(), "CREATED", "NAME"];
        var table = new Table(headers);
        foreach (var job in jobs)
        {
            var counts = job.Counts;
            table.Add(
            [
                job.Id, Names.Of(job.State),
                string.Create(CultureInfo.InvariantCulture, $"{counts.Succeeded}/{counts.Total}"),
                counts.Failed.ToString(CultureInfo.InvariantCulture), Say.Seconds(job.Seconds),
                .. costs ? [job.Status.CostUsd > 0 ? Say.Money(job.Status.CostUsd) : ""] : Array.Empty<string>(),
                Age(console, job), job.Record.Name,
            ]);
        }

        table.Write(console.Out, Style.ForOutput(console), Wrapping.WidthOf(console), stateColumn: 1);
    }

    private static string Age(CliConsole console, JobView job) =>
        Say.Seconds(Math.Max(0, Math.Round((console.Time.GetUtcNow() - job.Record.Created).TotalSeconds))) + " ago";
}
