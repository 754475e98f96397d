using Amoeba.Cli.Arguments;
using Amoeba.Hosting.Reading;

namespace Amoeba.Cli.Commands;

/// <summary>Stays beside a job that another process owns. A signal only ends the watching.</summary>
internal static class FollowedJob
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    /// <returns>The job when it has settled, or null where a signal or the time limit came first.</returns>
    public static async Task<JobView?> UntilSettledAsync(
        CommandCall call, JobReader reader, string id, TimeSpan? atMost = null)
    {
        using var signals = new StopSignals();
        using var limit =
            atMost is { } most ? new CancellationTokenSource(most, call.Console.Time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(signals.First, limit.Token);
        using var progress = new ProgressPrinter(call, reader, id);
        var settled = SettledAsync(call.Console.Time, reader, id, either.Token);
        await progress.WhileAsync(settled);
        progress.Clear();
        if (await settled is { } job) return job;
        call.Console.Error.WriteLine(signals.First.IsCancellationRequested
            ? $"amoeba: no longer watching; job {id} goes on."
            : $"amoeba: job {id} has not settled in that time; it goes on.");
        return null;
    }

    private static async Task<JobView?> SettledAsync(
        TimeProvider time, JobReader reader, string id, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Every, time);
        var rev = -1L;
        var unchanged = 0;
        do
        {
            // A death changes nothing in the store, so that now and then it is looked at without a commit.
            var now = reader.Rev();
            if (now == rev && ++unchanged < 10) continue;
            (rev, unchanged) = (now, 0);
            if (reader.FindById(id) is { IsSettled: true } job) return job;
        }
        while (await NextAsync(timer, cancel));
        return null;
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken cancel)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
