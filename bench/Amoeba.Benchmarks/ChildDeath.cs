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

    /// <summary>Once by the engine alone, with a store in memory; once durable, beside what the disk takes.</summary>
    public static async Task<Finding[]> MeasureAsync(BenchRoom room, CancellationToken cancel)
    {
        var deaths = room.Count(100);
        Deaths memory = new(), durable = new();
        for (var round = 0; round < room.Rounds(5); round++)
        {
            room.Say($"cells: death, round {round + 1}");
            await RoundAsync(room, null, deaths, memory, cancel);
            await RoundAsync(room, room.NewHome(), deaths, durable, cancel);
        }

        return [memory.Finding("in memory", deaths), durable.Finding("durable", deaths)];
    }

    private static async Task RoundAsync(
        BenchRoom room, string? home, int deaths, Deaths series, CancellationToken cancel)
    {
        await using var parent = room.Open(home);
        using var disk = home is null ? null : new DiskFlush(home);
        var accepted = await parent.SubmitAsync(room.Job(string.Create(CultureInfo.InvariantCulture, $$"""
            { "name": "death", "each": { "range": "1..{{deaths
                + 2 * Children}}" }, "do": { "sh": "exec sleep 3600" }, "cell": "process",
              "limits": { "timeout": "1h", "retries": 0 }, "children": {{Children}} }
            """)), cancel);
        List<double> delays = [], flushes = [];
        for (var i = 0; i < deaths; i++)
        {
            var victim = await BusyAsync(parent, cancel);
            delays.Add(await Task.Factory.StartNew(
                () => KillAndWait(parent, victim), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            if (disk is not null) flushes.Add(disk.Milliseconds());
        }

        series.Add(delays, flushes);
        await parent.AskAsync(accepted.Job, "cancel", null, "bench", cancel);
        await parent.WhenSettledAsync(accepted.Job, cancel);
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

    /// <summary>What the rounds with one kind of store gave.</summary>
    private sealed class Deaths
    {
        private readonly List<double> _middle = [];
        private readonly List<double> _late = [];
        private readonly List<double> _flush = [];

        public void Add(List<double> delays, List<double> flushes)
        {
            var all = new Series("", "ms", delays);
            _middle.Add(all.Quantile(0.5));
            _late.Add(all.Quantile(0.99));
            if (flushes.Count > 0) _flush.Add(new Series("", "ms", flushes).Quantile(0.99));
        }

        public Finding Finding(string store, int deaths)
        {
            var ours = new Series("from the notice to the free slot, p99", "ms", _late);
            var raw = new List<Series> { new("from the notice to the free slot, p50", "ms", _middle) };
            if (_flush.Count > 0)
                raw.Add(new Series("4 KiB appended and fdatasync, after each death, p99", "ms", _flush));
            return new Finding
            {
                What = string.Create(CultureInfo.InvariantCulture,
                    $"a child's death to its slot free, {store}, p99 of {deaths}"),
                Against = "the operating system's own notice of it",
                Ours = ours,
                Figure = ours,
                Aim = new Aim(AtLeast: false, 10),
                Raw = raw,
            };
        }
    }
}
