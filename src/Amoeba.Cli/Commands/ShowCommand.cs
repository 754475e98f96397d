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
    private const int MostActs = 10;

    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var job = workplace.Reader.Find(call.Word(0)!);
        if (call.Word(1) is { } name) return ShowTask(call, workplace.Reader, job, name);
        if (call.Json)
            JsonOutput.Write(call.Console, JobFormat.Shown(workplace.Reader, job), CliJsonContext.Default.ShownJobJson);
        else Print(call, workplace.Reader, job);
        return ExitCodes.Done;
    }

    private static int ShowTask(CommandCall call, JobReader reader, JobView job, string name)
    {
        var ordinal = LogsCommand.Ordinal(reader, job, name);
        var task = reader.Task(job, ordinal) ?? throw new UsageException($"job {job.Id} has no task {ordinal}.");
        if (call.Json) ResultsCommand.PrintOne(call.Console, reader, job, task);
        else AttemptTable.Write(call.Console, task);
        return ExitCodes.Done;
    }

    /// <summary>What all attempts cost together.</summary>
    private static string Cost(ChildUse cost) => $"{Say.Count(cost.Attempts, "attempt", "attempts")}: "
        + (cost.CpuSeconds > 0 ? $"{Say.Seconds(cost.CpuSeconds)} of processors, " : "")
        + (cost.PeakMemory > 0 ? $"up to {Say.Bytes(cost.PeakMemory)} in one, " : "")
        + $"{Say.Bytes(cost.OutputBytes)} written; {Say.Seconds(cost.Spawn)} to start them, "
        + $"{Say.Seconds(cost.Teardown)} to end them";

    private static void Print(CommandCall call, JobReader reader, JobView job)
    {
        var console = call.Console;
        var style = Style.ForOutput(console);
        var width = Wrapping.WidthOf(console);
        var counts = job.Counts;
        Line("job", $"{job.Id}  {TextWidth.Clean(job.Record.Name)}");
        Line("state", style.State(Names.Of(job.State))
            + (job.Status.Reason is { } reason ? $" ({TextWidth.Clean(reason)})" : ""));
        Line("tasks",
            $"{counts.Succeeded} succeeded, {counts.Failed} failed, {counts.Skipped} skipped, "
                + $"{counts.Cancelled} cancelled, "
            + $"{counts.Running} running, {counts.Waiting} waiting, of {counts.Total}"
            + (job.Status.Reused > 0 ? $"; {job.Status.Reused} reused from earlier jobs" : ""));
        Line("time", $"{Say.Seconds(job.Seconds)}; its tasks took {Say.Seconds(job.Status.TaskSeconds)} together");
        if (job.Status.Used is { Attempts: > 0 } cost) Line("cost", Cost(cost));
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
            foreach (var line in JobSummary.Decision(decision))
                console.Out.WriteLine(Wrapping.Wrap("  " + line, width, 4));
        }

        if (reader.Approval(job) is { Answer: { } answer } approval)
            Line("approval",
                $"{answer} by {TextWidth.Clean(approval.By ?? "a user who is not known")} on {approval.Asks}");
        foreach (var task in job.IsEnded ? [] : reader.InState(job, TaskState.Running, 20))
            Line("running",
                $"{task.Name}  {TextWidth.Cut(task.Items.Count > 0 ? ItemText.Of(task.Items[0]) : "", 60)}");
        foreach (var act in reader.Acts(job).TakeLast(MostActs)) Line("overseer", TextWidth.Clean(act.Why));
        if (job.Status.Output.Place != OutputPlace.None)
            Line("output", $"{Say.Bytes(job.Status.Output.Length)}: amoeba results {job.Id} --merged");
        if (call.Quiet || job.State is JobState.Running or JobState.Queued or JobState.Paused or JobState.Succeeded)
            return;
        foreach (var line in JobSummary.Lines(reader, job, style)) console.Out.WriteLine(Wrapping.Wrap(line, width, 4));

        void Line(string name, string text) =>
            console.Out.WriteLine(Wrapping.Wrap($"{name + ":",-10}{text}", width, 10));
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
