using Amoeba.Cli.Arguments;
using Amoeba.Cli.Terminal;
using Amoeba.Hosting;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

internal static class ResumeCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        return await RunAsync(call, workplace, call.Word(0)!);
    }

    public static async Task<int> RunAsync(CommandCall call, Workplace workplace, string name)
    {
        var reader = workplace.Reader;
        var job = reader.Find(name);
        if (JobSummary.IsBudgetSpent(job) && call.Value(CommonOptions.Budget) is null)
        {
            throw new UsageException($"job {job.Id} {TextWidth.Clean(job.Status.Reason!)}: "
                + $"amoeba resume {job.Id} --budget {SpentText.Larger(job)}");
        }

        if (!job.IsEnded && call.Value(CommonOptions.Budget) is { } given) CheckRoom(job, given);
        while (!job.IsEnded)
        {
            if (IsRunElsewhere(workplace, job))
            {
                if (job.State == JobState.Paused) await AskAsync(call, workplace, job);
                if (await FollowedJob.UntilSettledAsync(call, reader, job.Id) is not { } settled)
                    return ExitCodes.Interrupted;
                job = settled;

                // Whoever stopped it gracefully wants it stopped; an owner that died is stood in for.
                if (!IsOrphan(job)) break;
            }

            if (await TakeAsync(call, workplace, job.Id) is { } code) return code;
            job = reader.FindById(job.Id) ?? job;
        }

        return ForegroundJob.Finish(call, reader, job.Id);
    }

    /// <summary>A budget that is used up already would stop the job again before anything runs.</summary>
    private static void CheckRoom(JobView job, string given)
    {
        var usage = JobReader.UsageOf(job);
        if (SpentText.UsedUp(usage with { Budget = BudgetWords.Read(given, usage.Budget) }) is not { } used) return;
        throw new UsageException($"--budget {TextWidth.Clean(given)} leaves nothing to go on with: {used}. "
            + "Give more than that, for the whole job" + (JobSummary.IsBudgetSpent(job)
                ? $": amoeba resume {job.Id} --budget {SpentText.Larger(job)}"
                : "; it counts from the job's first start."));
    }

    private static async Task AskAsync(CommandCall call, Workplace workplace, JobView job)
    {
        try
        {
            await JobRequests.AskAsync(call, workplace, job, "resume", null);
        }
        catch (UsageException) when (workplace.Reader.FindById(job.Id)?.State == JobState.Interrupted)
        {
            // Who was asked died before it answered: then it is stood in for, as for any other that died.
        }
    }

    /// <returns>The exit code, or null where another parent was faster.</returns>
    private static async Task<int?> TakeAsync(CommandCall call, Workplace workplace, string job)
    {
        using var signals = new StopSignals();
        var parent = workplace.OpenParent();
        try
        {
            await parent.TakeAsync(job, goOn: true, signals.First, call.Value(CommonOptions.Budget));
        }
        catch (JobBusyException)
        {
            return null;
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            throw new OperationCanceledException(
                $"stopped before job {job} was taken: it is as it was. To go on later: amoeba resume {job}");
        }

        return await new ForegroundJob(call, workplace, parent, signals).StayAsync(job);
    }

    private static bool IsRunElsewhere(Workplace workplace, JobView job) =>
        job.State is JobState.Queued or JobState.Running or JobState.Paused && !workplace.OwnsHere(job);

    private static bool IsOrphan(JobView job) =>
        job.State == JobState.Interrupted && job.Status.State != JobState.Interrupted;
}
