using Amoeba.Cli.Arguments;

namespace Amoeba.Cli.Commands;

internal static class RetryCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var job = workplace.Reader.Find(call.Word(0)!);
        await JobRequests.AskAsync(call, workplace, job, "retry", null);
        return await ResumeCommand.RunAsync(call, workplace, job.Id);
    }
}
