using Amoeba.Hosting.Running;
using Amoeba.Tools.Delegate;

namespace Amoeba.Benchmarks;

/// <summary>From handing a job in to its task's first instruction, on an idle durable parent.</summary>
internal sealed class StartBenchmark : IBenchmark
{
    private const string Mark = "bench-mark";

    private TaskCompletionSource<long> _started = New();

    public string Name => "start";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        var delegates = new DelegateRegistry();
        delegates.Add(Mark, (_, _) =>
        {
            _started.TrySetResult(BenchRoom.Time.GetTimestamp());
            return ValueTask.FromResult(DelegateResult.None);
        });
        var home = room.NewHome();
        await using var parent = room.Open(home, delegates);
        using var disk = new DiskFlush(home);
        await RoundAsync(room, parent, disk, room.Count(100), cancel);

        List<double> ours50 = [], ours99 = [], theirs50 = [], theirs99 = [];
        for (var round = 0; round < room.Rounds(5); round++)
        {
            room.Say($"{Name}: round {round + 1}");
            var (starts, syncs) = await RoundAsync(room, parent, disk, room.Count(200), cancel);
            ours50.Add(starts.Quantile(0.5));
            ours99.Add(starts.Quantile(0.99));
            theirs50.Add(syncs.Quantile(0.5));
            theirs99.Add(syncs.Quantile(0.99));
        }

        var our = new Series("submit to start, p50", "ms", ours50);
        var their = new Series("fdatasync, p50", "ms", theirs50);
        return new Outcome(Name,
        [
            new Finding
            {
                What = "submit to start, durable, idle: p50",
                Against = "fdatasync of 4 KiB appended on the same disk, p50",
                Ours = our,
                Theirs = their,
                Figure = Series.Ratio("of them", our, their),
                Aim = new Aim(AtLeast: false, 10),
                Raw = [new Series("submit to start, p99", "ms", ours99), new Series("fdatasync, p99", "ms", theirs99)],
            },
        ]);
    }

    private async Task<(Series Starts, Series Syncs)> RoundAsync(
        BenchRoom room, Parent parent, DiskFlush disk, int times, CancellationToken cancel)
    {
        var starts = new double[times];
        var syncs = new double[times];
        for (var i = 0; i < times; i++)
        {
            starts[i] = await StartAsync(room, parent, cancel);
            syncs[i] = disk.Milliseconds();
        }

        return (new Series("", "ms", starts), new Series("", "ms", syncs));
    }

    private async Task<double> StartAsync(BenchRoom room, Parent parent, CancellationToken cancel)
    {
        _started = New();
        var job = room.Job(Plan.Delegate(Mark, each: null, children: 1));
        var began = BenchRoom.Time.GetTimestamp();
        var accepted = await parent.SubmitAsync(job, cancel);
        var started = await _started.Task.WaitAsync(cancel);
        await parent.WhenSettledAsync(accepted.Job, cancel);
        // Idle means that nothing of the job before is under way any more.
        while (parent.Store.ListChildren().Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), BenchRoom.Time, cancel);
        }

        return BenchRoom.Time.GetElapsedTime(began, started).TotalMilliseconds;
    }

    private static TaskCompletionSource<long> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
