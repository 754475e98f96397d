using Amoeba.Cli.Arguments;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

internal static class WaitCommand
{
    /// <summary>No timer of the runtime goes much further.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var job = workplace.Reader.Find(call.Word(0)!);
        TimeSpan? atMost = null;
        if (call.Value(CommonOptions.Timeout) is { } text)
        {
            atMost = PlanUnits.TryDuration(text, out var time) && time <= Longest
                ? time
                : throw new UsageException(
                    $"--timeout {text}: expected a time such as 30s, 5m or 1h, at most {Longest.TotalDays} days.");
        }

        return await FollowedJob.UntilSettledAsync(call, workplace.Reader, job.Id, atMost) is null
            ? ExitCodes.Interrupted
            : ForegroundJob.Finish(call, workplace.Reader, job.Id);
    }
}
