using System.Globalization;
using Amoeba.Cli.Arguments;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

/// <summary>
/// Asks something of a job: of the parent that owns it where one lives, otherwise by holding it here for a moment.
/// </summary>
internal static class JobRequests
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(30);

    /// <exception cref="UsageException">The job cannot be asked that now.</exception>
    /// <exception cref="MachineLacksException">Its parent lives and does not answer (exit 5).</exception>
    /// <exception cref="OperationCanceledException">Its parent died before it answered: the job can
    /// be resumed (exit 4).</exception>
    public static async Task AskAsync(CommandCall call, Workplace workplace, JobView job, string kind, string? argument)
    {
        if (JobLife.IsEnded(job.State)) job = await LetGoAsync(call, workplace, job);
        var error = workplace.Reader.HasLivingOwner(job)
            ? await AskOwnerAsync(call, workplace, job, kind, argument)
            : await AskHereAsync(call, workplace, job, kind, argument);
        if (error is not null) throw new UsageException(error + ".");
    }

    /// <summary>
    /// Whoever ran a job that has ended lets go of it when the last of its attempts is gone, and hears no more of it.
    /// </summary>
    private static async Task<JobView> LetGoAsync(CommandCall call, Workplace workplace, JobView job)
    {
        var start = call.Console.Time.GetTimestamp();
        using var timer = new PeriodicTimer(Every, call.Console.Time);
        while (workplace.Reader.HasLivingOwner(job) && call.Console.Time.GetElapsedTime(start) < AtMost)
        {
            await timer.WaitForNextTickAsync();
            job = workplace.Reader.FindById(job.Id) ?? job;
        }

        return job;
    }

    private static async Task<string?> AskHereAsync(
        CommandCall call, Workplace workplace, JobView job, string kind, string? argument)
    {
        var parent = workplace.OpenParent();
        try
        {
            await parent.TakeAsync(job.Id, goOn: false, CancellationToken.None);
        }
        catch (JobBusyException)
        {
            // Another parent was faster: then it is the one to ask.
            return await AskOwnerAsync(call, workplace, workplace.Reader.FindById(job.Id) ?? job, kind, argument);
        }
        catch (Exception unable) when (kind == "cancel"
            && unable is StoreUnusableException or PlanException or MachineLacksException or IOException)
        {
            // Whatever it lacks to go on, it can be ended; what ails the store itself fails here once more.
            return await parent.CancelUnheldAsync(
                job.Id, job.Stored.Owner, call.Console.User, words => workplace.Warn([words]), CancellationToken.None);
        }

        try
        {
            return await parent.AskAsync(job.Id, kind, argument, call.Console.User, CancellationToken.None);
        }
        catch (StoreUnusableException unable) when (kind == "cancel")
        {
            // Such as a full disk, which what its attempts wrote finds no room on: it can be ended without that.
            await workplace.CloseParentAsync();
            workplace.Warn([$"what attempts of this job wrote since its last parent is not kept: {unable.Message}"]);
            return await workplace.OpenParent().CancelUnheldAsync(
                job.Id, job.Stored.Owner, call.Console.User, words => workplace.Warn([words]), CancellationToken.None);
        }
        finally
        {
            // It holds the job without running it; whoever goes on takes it anew.
            await workplace.CloseParentAsync();
        }
    }

    private static async Task<string?> AskOwnerAsync(
        CommandCall call, Workplace workplace, JobView job, string kind, string? argument)
    {
        var time = call.Console.Time;
        var id = $"{job.Id}-r{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)}";
        workplace.Store.AddRequest(new RequestRecord(id, job.Id, kind, argument, call.Console.User, time.GetUtcNow()));
        var start = time.GetTimestamp();
        using var timer = new PeriodicTimer(Every, time);
        while (time.GetElapsedTime(start) < AtMost)
        {
            if (workplace.Store.FindRequest(id)?.Answer is { } answer) return answer == "ok" ? null : answer;
            if (!workplace.Reader.HasLivingOwner(workplace.Reader.FindById(job.Id) ?? job))
                throw new OperationCanceledException($"the Amoeba that ran job {job.Id} ended before it answered; "
                    + $"'amoeba resume {job.Id}' goes on with it.");
            await timer.WaitForNextTickAsync();
        }

        throw new MachineLacksException(
            $"the Amoeba that runs job {job.Id} did not answer within {AtMost.TotalSeconds:0} s; "
                + "it may be busy or stopped, and does it when it goes on.");
    }
}
