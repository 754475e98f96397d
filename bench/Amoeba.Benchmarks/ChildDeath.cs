using System.Globalization;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Running;
using Amoeba.Processes;

namespace Amoeba.Benchmarks;

/// <summary>
/// A worker is killed while its task's program runs: how much later than the kernel says so its slot is free, with its
/// tree gone and that recorded.
/// </summary>
internal static class ChildDeath
{
    private const int Children = 4;

    public static async Task<Finding> MeasureAsync(BenchRoom room, CancellationToken cancel)
    {
        var deaths = room.Count(100);
        List<double> middle = [], late = [];
        for (var round = 0; round < room.Rounds(3); round++)
        {
            room.Say($"cells: death, round {round + 1}");
            var all = new Series("", "ms", await RoundAsync(room, deaths, cancel));
            middle.Add(all.Quantile(0.5));
            late.Add(all.Quantile(0.99));
        }

        var ours = new Series("from the notice to the free slot, p99", "ms", late);
        return new Finding
        {
            What = string.Create(CultureInfo.InvariantCulture,
                $"a child's death to its slot free, durable, p99 of {deaths}"),
            Against = "the operating system's own notice of it",
            Ours = ours,
            Figure = ours,
            Aim = new Aim(AtLeast: false, 10),
            Raw = [new Series("from the notice to the free slot, p50", "ms", middle)],
        };
    }

    private static async Task<double[]> RoundAsync(BenchRoom room, int deaths, CancellationToken cancel)
    {
        await using var parent = room.Open(room.NewHome());
        var accepted = await parent.SubmitAsync(room.Job(string.Create(CultureInfo.InvariantCulture, $$"""
            { "name": "death", "each": { "range": "1..{{deaths
                + Children}}" }, "do": { "sh": "exec sleep 3600" }, "cell": "process",
              "limits": { "timeout": "1h", "retries": 0 }, "children": {{Children}} }
            """)), cancel);
        var delays = new double[deaths];
        for (var i = 0; i < deaths; i++)
        {
            var victim = await BusyAsync(parent, cancel);
            delays[i] = await Task.Factory.StartNew(
                () => KillAndWait(parent, victim), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        await parent.AskAsync(accepted.Job, "cancel", null, "bench", cancel);
        await parent.WhenSettledAsync(accepted.Job, cancel);
        return delays;
    }

    /// <summary>One of the children, once each of them runs a program.</summary>
    private static async Task<ChildRecord> BusyAsync(Parent parent, CancellationToken cancel)
    {
        while (true)
        {
            var children = parent.Store.ListChildren();
            if (children.Count == Children && children.All(Works)) return children[0];
            await Task.Delay(TimeSpan.FromMilliseconds(5), BenchRoom.Time, cancel);
        }
    }

    private static bool Works(ChildRecord child) => child.Pid is { } pid && ProcessTree.Descend([pid]).Count > 1;

    private static double KillAndWait(Parent parent, ChildRecord victim)
    {
        var pid = victim.Pid!.Value;
        var notice = new Poller();
        var pidfd = Libc.PidfdOpen(pid);
        notice.Add(pidfd, 1);
        _ = Libc.Kill(pid, Libc.SigKill);
        Span<ulong> seen = stackalloc ulong[1];
        notice.Wait(seen, 10_000);
        var noticed = BenchRoom.Time.GetTimestamp();
        notice.Close(pidfd);
        // A look every millisecond: one that never rested would take a processor from what it looks at.
        while (parent.Store.ListChildren().Any(child => child.Id == victim.Id)) notice.Wait(seen, 1);
        return BenchRoom.Time.GetElapsedTime(noticed).TotalMilliseconds;
    }
}
