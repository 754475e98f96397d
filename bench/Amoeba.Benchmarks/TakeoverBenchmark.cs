using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Stores.Sqlite;
using Amoeba.Tools.Delegate;

namespace Amoeba.Benchmarks;

/// <summary>A parent was killed with very many tasks recorded as started: how soon another one works on.</summary>
internal sealed class TakeoverBenchmark : IBenchmark
{
    private const string Mark = "bench-mark";
    private const string Dead = "dead-parent";
    private const int Slots = 256;

    public string Name => "takeover";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        var tasks = room.Count(10_000);
        List<double> first = [], all = [];
        for (var round = 0; round < room.Rounds(5); round++)
        {
            room.Say($"{Name}: round {round + 1}");
            var (one, slots) = await RoundAsync(room, tasks, cancel);
            first.Add(one);
            all.Add(slots);
        }

        var ours = new Series("until the first task runs", "s", first);
        return new Outcome(Name,
        [
            new Finding
            {
                What = string.Create(CultureInfo.InvariantCulture,
                    $"{tasks:N0} tasks recorded as started, {Slots} slots: until one runs again"),
                Against = "1 s after the old tree is gone",
                Ours = ours,
                Figure = ours,
                Aim = new Aim(AtLeast: false, 1),
                Note = "from opening the new parent; the old one's lock is free and its tree gone by then",
                Raw = [new Series("until all slots are at work", "s", all)],
            },
        ]);
    }

    private static async Task<(double First, double All)> RoundAsync(
        BenchRoom room, int tasks, CancellationToken cancel)
    {
        var home = room.NewHome();
        var plan = Plan.Delegate(Mark, new RangeEach(1, tasks, 1), Slots);
        var job = await WriteAsync(room, home, plan, tasks, cancel);

        var started = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var busy = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = 0;
        var delegates = new DelegateRegistry();
        delegates.Add(Mark, async (_, stop) =>
        {
            var now = BenchRoom.Time.GetTimestamp();
            started.TrySetResult(now);
            if (Interlocked.Increment(ref running) == Math.Min(Slots, tasks))
            {
                busy.TrySetResult(now);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, BenchRoom.Time, stop);
            return DelegateResult.None;
        });

        var began = BenchRoom.Time.GetTimestamp();
        await using var parent = room.Open(home, delegates);
        await parent.TakeAsync(job, goOn: true, cancel);
        var first = await started.Task.WaitAsync(cancel);
        var all = await busy.Task.WaitAsync(cancel);
        return (BenchRoom.Time.GetElapsedTime(began, first).TotalSeconds,
            BenchRoom.Time.GetElapsedTime(began, all).TotalSeconds);
    }

    /// <summary>The store as the killed parent left it.</summary>
    private static async Task<string> WriteAsync(
        BenchRoom room, string home, PlanSpec plan, int tasks, CancellationToken cancel)
    {
        ReadyJob ready;
        await using (var parent = room.Open(home: null, Registered()))
        {
            ready = await parent.PrepareAsync(room.Job(plan), cancel);
        }

        var record = ready.Start.Record;
        var now = BenchRoom.Time.GetUtcNow();
        using var store = SqliteStore.Open(new HomeFolder(home).Store);
        store.AddParent(new ParentRecord(Dead, int.MaxValue, "another boot", 1, now, "0"));
        var batch = new CommitBatch();
        batch.Jobs.Add(new JobWrite(record.Id, Dead, 1, record, new JobStatusRecord
        {
            State = JobState.Running,
            DecisionJson = Deciding.DecisionJson.Write(ready.Start.Decision),
            Width = Slots,
            Counts = new TaskCounts(tasks, tasks, 0, 0, 0, 0),
            Started = now,
            ActiveSince = now,
        }));
        for (var ordinal = 0; ordinal < tasks; ordinal++)
        {
            batch.Tasks.Add(new TaskRecord
            {
                Job = record.Id,
                Ordinal = ordinal,
                State = TaskState.Running,
                Attempt = 1,
                Started = now,
                Child = $"{record.Id}-e1c{ordinal % Slots}",
            });
        }

        for (var child = 0; child < Slots; child++)
        {
            batch.Children.Add(new ChildRecord(
                $"{record.Id}-e1c{child}", record.Id, Dead, CellKind.Thread, ChildState.Busy, null, now));
        }

        store.Commit(batch);
        return record.Id;
    }

    private static DelegateRegistry Registered()
    {
        var delegates = new DelegateRegistry();
        delegates.Add(Mark, (_, _) => ValueTask.FromResult(DelegateResult.None));
        return delegates;
    }
}
