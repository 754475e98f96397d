using Amoeba.Cli.Arguments;
using Amoeba.Deciding;
using Amoeba.Hosting;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

internal static class RunCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var plan = PlanArguments.Read(call, workplace.PlanDefaults);
        return await RunAsync(call, workplace, plan);
    }

    /// <summary>Submits a plan, and stays with its job until it has settled unless it is to go on alone.</summary>
    public static Task<int> RunAsync(CommandCall call, Workplace workplace, PlanSpec plan) =>
        call.Has(CommonOptions.Detached)
            ? BackgroundJob.RunAsync(call, workplace, plan)
            : StayAsync(call, workplace, plan);

    private static async Task<int> StayAsync(CommandCall call, Workplace workplace, PlanSpec plan)
    {
        using var signals = new StopSignals();
        var submission = Submit(call, plan);
        var parent = workplace.OpenParent();
        Accepted accepted;
        try
        {
            accepted = await call.Console.Stay(parent.SubmitAsync(submission, signals.First));
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            throw new OperationCanceledException(
                "stopped before the job was accepted: nothing ran, and there is nothing to resume.");
        }

        workplace.Warn(accepted.Warnings);
        return await new ForegroundJob(call, workplace, parent, signals).StayAsync(accepted.Job);
    }

    public static Submission Submit(CommandCall call, PlanSpec plan) => new()
    {
        Plan = plan,
        Folder = call.Console.Folder,
        Autonomy = Autonomy(call),
        Budget = call.Value(CommonOptions.Budget),
        Yes = call.Has(CommonOptions.Yes),
        By = call.Console.User,
    };

    private static string? Autonomy(CommandCall call)
    {
        if (call.Value(CommonOptions.Autonomy) is not { } word) return null;
        return ApprovalNames.Level(word) is not null
            ? word
            : throw new UsageException($"--autonomy {word}: expected manual, rules or learned.");
    }
}
