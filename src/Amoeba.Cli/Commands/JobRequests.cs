using System.Globalization;
using Amoeba.Cli.Arguments;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Reading;
using Amoeba.Hosting.Running;
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
    /// <exception cref="OperationCanceledException">Ctrl-C came before the job was asked (exit 4).</exception>
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

    /// <param name="call">The command.</param>
    /// <param name="workplace">What it works with.</param>
    /// <param name="job">A job that nobody living owns.</param>
    /// <param name="kind">What is asked.</param>
    /// <param name="argument">With what.</param>
    /// <param name="asked">The request, where it is in the store already: whoever has the job carries it out.</param>
    private static async Task<string?> AskHereAsync(
        CommandCall call, Workplace workplace, JobView job, string kind, string? argument, string? asked = null)
    {
        using var signals = new StopSignals();
        var parent = workplace.OpenParent();
        try
        {
            await parent.TakeAsync(job.Id, goOn: false, signals.First);
        }
        catch (JobBusyException) when (asked is null)
        {
            // Another parent was faster: then it is the one to ask.
            return await AskOwnerAsync(call, workplace, workplace.Reader.FindById(job.Id) ?? job, kind, argument);
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            throw new OperationCanceledException($"stopped before job {job.Id} was asked: "
                + (asked is null ? "it is as it was." : "whoever takes it next carries it out."));
        }
        catch (Exception unable) when (kind == "cancel"
            && unable is StoreUnusableException or PlanException or MachineLacksException or IOException)
        {
            // Whatever it lacks to go on, it can be ended; what ails the store itself fails here once more. Who had it
            // before is named, and may have been asked and have cancelled it before it died.
            return await parent.CancelUnheldAsync(
                job.Id, job.Stored.Owner, call.Console.User, words => workplace.Warn([words]), signals.First,
                asked is null ? null : []);
        }

        try
        {
            if (asked is null)
                return await parent.AskAsync(job.Id, kind, argument, call.Console.User, CancellationToken.None);
            var answer = AnswerAsync(call, workplace, job, asked, isHere: true);
            return await await Task.WhenAny(answer, FailedAsync(parent));
        }
        catch (StoreUnusableException unable) when (kind == "cancel")
        {
            // Such as a full disk, which what its attempts wrote finds no room on: it can be ended without that.
            await workplace.CloseParentAsync();
            workplace.Warn([$"what attempts of this job wrote since its last parent is not kept: {unable.Message}"]);
            return await workplace.OpenParent().CancelUnheldAsync(
                job.Id, job.Stored.Owner, call.Console.User, words => workplace.Warn([words]), CancellationToken.None,
                [parent.Id]);
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
        var id = $"{job.Id}-r{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)}";
        workplace.Store.AddRequest(
            new RequestRecord(id, job.Id, kind, argument, call.Console.User, call.Console.Time.GetUtcNow()));
        try
        {
            return await AnswerAsync(call, workplace, job, id, isHere: false);
        }
        catch (OwnerGoneException)
        {
            return await AskHereAsync(
                call, workplace, workplace.Reader.FindById(job.Id) ?? job, kind, argument, asked: id);
        }
    }

    /// <summary>What came of a request that is in the store: null, or the error for a person.</summary>
    /// <exception cref="OwnerGoneException">Who was asked died before it answered.</exception>
    private static async Task<string?> AnswerAsync(
        CommandCall call, Workplace workplace, JobView job, string request, bool isHere)
    {
        var time = call.Console.Time;
        var start = time.GetTimestamp();
        using var timer = new PeriodicTimer(Every, time);
        while (time.GetElapsedTime(start) < AtMost)
        {
            if (workplace.Store.FindRequest(request)?.Answer is { } answer) return answer == "ok" ? null : answer;
            if (!isHere && !workplace.Reader.HasLivingOwner(workplace.Reader.FindById(job.Id) ?? job))
                throw new OwnerGoneException();
            await timer.WaitForNextTickAsync();
        }

        throw new MachineLacksException(
            $"the Amoeba that runs job {job.Id} did not answer within {AtMost.TotalSeconds:0} s; "
                + "it may be busy or stopped, and does it when it goes on.");
    }

    private static async Task<string?> FailedAsync(Parent parent)
    {
        await parent.Failed;
        return null;
    }

    private sealed class OwnerGoneException : Exception;
}
