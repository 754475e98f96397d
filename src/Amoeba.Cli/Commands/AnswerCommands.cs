using Amoeba.Cli.Arguments;
using Amoeba.Cli.Terminal;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

/// <summary>Answers to what a job asks. An answer is recorded and runs nothing by itself (SPEC 4.2).</summary>
internal static class AnswerCommands
{
    public static Task<int> ApproveAsync(CommandCall call) =>
        AnswerAsync(call, "approve", call.Number(CommonOptions.Children, 1), "approved");

    public static Task<int> DenyAsync(CommandCall call) => AnswerAsync(call, "deny", null, "denied");

    public static Task<int> RefuseAsync(CommandCall call) => AnswerAsync(call, "refuse", null, "refused");

    private static async Task<int> AnswerAsync(CommandCall call, string kind, int? children, string done)
    {
        await using var workplace = Workplace.Of(call);
        var reader = workplace.Reader;
        var job = reader.Find(call.Word(0)!);
        if (job.State != JobState.AwaitingApproval) throw NotWaiting(reader, job);
        var question = reader.Approval(job)!.Id;
        try
        {
            await JobRequests.AskAsync(call, workplace, job, kind, new AnswerArgument(question, children).Write());
        }
        catch (UsageException) when (reader.Approval(job)?.Id != question && reader.FindById(job.Id) is { } changed)
        {
            var width = Wrapping.WidthOfError(call.Console);
            foreach (var line in call.Quiet ? [] : JobSummary.Question(reader, changed))
                call.Console.Error.WriteLine(Wrapping.Wrap(line, width, 4));
            throw;
        }

        var now = reader.FindById(job.Id)!;
        if (call.Has(CommonOptions.Resume) && !now.IsEnded)
            return await ResumeCommand.RunAsync(call, workplace, job.Id);
        var next = now.IsEnded ? "it will not run."
            : reader.HasLivingOwner(now) && now.State == JobState.Running ? "it goes on."
            : $"to run it: amoeba resume {job.Id}";
        SteerCommands.Say(call, reader, job.Id, $"{done} {job.Id}; {next}");
        return ExitCodes.Done;
    }

    private static UsageException NotWaiting(JobReader reader, JobView job) =>
        reader.Approval(job) is { Answer: { } answer } approval
            ? new UsageException(
                $"job {job.Id} was answered already: {answer}, by {approval.By ?? "a user who is not known"}.")
            : new UsageException($"job {job.Id} is {Names.Of(job.State)} and waits for no approval.");
}
