using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

internal static class InboxCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var reader = workplace.Reader;
        var waiting = reader.List(JobState.AwaitingApproval, int.MaxValue).ToList();
        if (call.Json)
        {
            var rows = waiting.Select(job => (Job: job, Approval: reader.Approval(job))).Select(pair => new InboxJson(
                pair.Job.Id, pair.Job.Record.Name, pair.Approval?.Asks ?? "split",
                pair.Approval?.Created ?? pair.Job.Record.Created,
                pair.Approval?.Expires, JobFormat.DecisionOf(pair.Job), JobFormat.Budget(pair.Job)));
            JsonOutput.Write(call.Console, new ListJson<InboxJson>([.. rows]),
                CliJsonContext.Default.ListJsonInboxJson);
            return ExitCodes.Done;
        }

        if (waiting.Count == 0 && !call.Quiet) call.Console.Error.WriteLine("nothing waits for you.");
        var width = Wrapping.WidthOf(call.Console);
        foreach (var job in waiting)
        {
            foreach (var line in JobSummary.Question(reader, job))
                call.Console.Out.WriteLine(Wrapping.Wrap(line, width, 4));
        }

        return ExitCodes.Done;
    }
}
