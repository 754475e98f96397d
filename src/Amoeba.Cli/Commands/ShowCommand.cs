using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

internal static class ShowCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var job = workplace.Reader.Find(call.Word(0)!);
        if (call.Json) JsonOutput.Write(call.Console, JobFormat.Shown(workplace.Reader, job), CliJsonContext.Default.ShownJobJson);
        else Print(call, workplace.Reader, job);
        return ExitCodes.Done;
    }

    private static void Print(CommandCall call, JobReader reader, JobView job)
    {
        var console = call.Console;
        var style = Style.ForOutput(console);
        var width = Wrapping.WidthOf(console);
        var counts = job.Counts;
        Line("job", $"{job.Id}  {TextWidth.Clean(job.Record.Name)}");
        Line("state", style.State(Names.Of(job.State)) + (job.Status.Reason is { } reason ? $" ({TextWidth.Clean(reason)})" : ""));
        Line("tasks", $"{counts.Succeeded} succeeded, {counts.Failed} failed, {counts.Skipped} skipped, {counts.Cancelled} cancelled, "
            + $"{counts.Running} running, {counts.Waiting} waiting, of {counts.Total}"
            + (job.Status.Reused > 0 ? $"; {job.Status.Reused} reused from earlier jobs" : ""));
        Line("time", $"{Say.Seconds(job.Seconds)}; its tasks took {Say.Seconds(job.Status.TaskSeconds)} together");
        var usage = JobReader.UsageOf(job);
        if (SpentText.Used(usage) is { } used) Line("used", used + Detail(usage));
        if (SpentText.Budget(usage.Budget) is { } budget)
            Line("budget", budget + (usage.Share is { } share ? $"; {Say.Percent(share)} used" : ""));
        foreach (var wait in reader.Waits(job)) Line("waiting", SpentText.Wait(wait));
        Line("folder", TextWidth.Clean(job.Record.Folder));
        Line("created", Time(job.Record.Created));
        if (job.Status.Started is { } started) Line("started", Time(started));
        if (job.Status.Finished is { } finished) Line("finished", Time(finished));
        if (JobFormat.Decided(job) is { } decision)
        {
            console.Out.WriteLine("decision:");
            foreach (var line in JobSummary.Decision(decision)) console.Out.WriteLine(Wrapping.Wrap("  " + line, width, 4));
        }

        if (reader.Approval(job) is { Answer: { } answer } approval)
            Line("approval", $"{answer} by {TextWidth.Clean(approval.By ?? "a user who is not known")} on {approval.Asks}");
        foreach (var task in job.IsEnded ? [] : reader.InState(job, TaskState.Running, 20))
            Line("running", $"{task.Name}  {TextWidth.Cut(task.Items.Count > 0 ? ItemText.Of(task.Items[0]) : "", 60)}");
        if (job.Status.Output.Place != OutputPlace.None)
            Line("output", $"{Say.Bytes(job.Status.Output.Length)}: amoeba results {job.Id} --merged");
        if (call.Quiet || job.State is JobState.Running or JobState.Queued or JobState.Paused or JobState.Succeeded) return;
        foreach (var line in JobSummary.Lines(reader, job, style)) console.Out.WriteLine(Wrapping.Wrap(line, width, 4));

        void Line(string name, string text) => console.Out.WriteLine(Wrapping.Wrap($"{name + ":",-10}{text}", width, 10));
    }

    private static string Detail(Usage usage)
    {
        var parts = new List<string> { $"{usage.Tokens.Input:N0} read", $"{usage.Tokens.Output:N0} written" };
        if (usage.Tokens.Cached > 0) parts.Add($"{usage.Tokens.Cached:N0} cached");
        if (usage.Tokens.Reasoning > 0) parts.Add($"{usage.Tokens.Reasoning:N0} of those written were thinking");
        return usage.AllTokens == 0 ? "" : $" ({string.Join(", ", parts)})";
    }

    private static string Time(DateTimeOffset time) =>
        time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
}
