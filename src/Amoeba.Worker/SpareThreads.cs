namespace Amoeba.Worker;

/// <summary>
/// Where a task may have as many processes as its container allows, nothing more can be begun, threads included. So
/// those that the worker needs to end such a task are there before it comes; the image's settings keep them.
/// </summary>
internal static class SpareThreads
{
    private const int Pool = 6;

    public static void Make()
    {
        ThreadPool.SetMinThreads(Pool, 1);
        var all = new CountdownEvent(Pool); // not disposed: some may still be on their way out of it
        using var timer =
            TimeProvider.System.CreateTimer(static _ => { }, null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        for (var i = 0; i < Pool; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static all => Meet(all), all, preferLocal: false);
        all.Wait();
    }

    private static void Meet(CountdownEvent all)
    {
        all.Signal();
        all.Wait();
    }
}
