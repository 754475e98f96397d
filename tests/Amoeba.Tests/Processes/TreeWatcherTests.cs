using Amoeba.Processes;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Processes;

public sealed class TreeWatcherTests : IDisposable
{
    private const long Mib = 1 << 20;
    private readonly Programs _programs = new();
    private readonly TreeWatcher _watcher = new(TimeProvider.System);

    public void Dispose()
    {
        _watcher.Dispose();
        _programs.Dispose();
    }

    [Fact]
    public async Task A_tree_that_takes_too_much_memory_is_told_while_it_grows()
    {
        var run =
            _programs.Start(_programs.Shell("{ head -c 900000000 /dev/zero; sleep 300; } | tail -c 800000000 | wc -c"));
        var breach = await Watched(run, new TreeLimits(128 * Mib, null));
        var exit = await run.Exit();
        Assert.Equal(LimitKind.Memory, breach.Kind);
        Assert.InRange(breach.Seen, 128 * Mib + 1, 790 * Mib);
        Assert.Contains("over its limit of 128 MB", breach.Describe(), StringComparison.Ordinal);
        Assert.Equal(breach.Seen, exit.PeakMemory);
        Assert.Equal("", run.Stdout);
    }

    [Fact]
    public async Task A_tree_of_too_many_processes_is_told()
    {
        var run =
            _programs.Start(_programs.Shell("i=0; while [ $i -lt 30 ]; do setsid sleep 300 & i=$((i+1)); done; wait"));
        var breach = await Watched(run, new TreeLimits(null, 20));
        await run.Exit();
        Assert.Equal((LimitKind.Processes, 20L), (breach.Kind, breach.Limit));
        Assert.InRange(breach.Seen, 21, 62);
    }

    [Fact]
    public async Task Memory_that_processes_share_counts_once()
    {
        // Every fork shares what the first one has filled: plainly summed up it would be many times the limit.
        var run = _programs.Start(_programs.Shell(
            "x=$(head -c 40000000 /dev/zero | tr '\\0' x); for i in 1 2 3 4 5 6; do (read -r y < /dev/tty; sleep 300; "
                + ": $x) & done; echo up; sleep 300; : $x"));
        await run.Sink.Saw("up");
        var members = ProgramWatcher.Shared.Members(run.Program);
        var plain = members.Sum(member => member.ResidentPages) * Environment.SystemPageSize;
        Assert.True(TreeMemory.Measure(members, plain - 1) < plain);
        Assert.True(TreeMemory.Measure(members, null) >= 40_000_000);
        run.Program.Kill();
        await run.Exit();
    }

    [Fact]
    public async Task A_tree_within_its_limits_is_left_alone_and_its_peak_is_known()
    {
        var run =
            _programs.Start(_programs.Shell("x=$(head -c 30000000 /dev/zero | tr '\\0' x); echo up; sleep 300; : $x"));
        using var watch =
            _watcher.Watch(run.Program, new TreeLimits(2048 * Mib, 50), _ => Assert.Fail("It kept its limits."));
        await run.Sink.Saw("up");
        await Eventually.True(() => run.Program.Peak > 30_000_000);
        run.Program.Kill();
        Assert.InRange((await run.Exit()).PeakMemory!.Value, 30_000_000, 2048 * Mib);
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_computes_too_much_is_warned_a_look_before_it_is_ended_at_the_least()
    {
        using var time = new ManualTime();
        using var watcher = new TreeWatcher(time);
        var run = _programs.Start(_programs.Shell("while :; do :; done"));
        var near = new TaskCompletionSource<LimitBreach>(TaskCreationOptions.RunContinuationsAsynchronously);
        var over = new TaskCompletionSource<LimitBreach>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watch =
            watcher.Watch(run.Program, new TreeLimits(null, null) { Cpu = 0.05 }, over.SetResult, near.SetResult);
        // The first look only begins to count.
        time.Advance(TimeSpan.FromMilliseconds(100));
        await Eventually.True(() => run.Program.Peak > 0);
        var before = Seconds();
        await Eventually.True(() => Seconds() > before + 1);
        Assert.False(near.Task.IsCompleted);

        // So late that it is both near and over: that is said first, and only the look after it ends.
        time.Advance(TimeSpan.FromSeconds(6));
        var warned = await near.Task.WaitAsync(Cancel);
        Assert.Equal((LimitKind.Cpu, 50, TimeSpan.FromSeconds(6)), (warned.Kind, warned.Limit, warned.Over));
        Assert.Matches(
            @"^[\d.]+ processors on average over 6 s, and 0.05 over 5 s are allowed$", warned.DescribeNear());
        Assert.False(over.Task.IsCompleted);
        await Eventually.True(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            return over.Task.IsCompleted;
        });
        Assert.Equal(LimitKind.Cpu, (await over.Task).Kind);

        double Seconds() => CpuMeter.Sum(ProgramWatcher.Shared.Tree(run.Program));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_killed_with_a_parent_that_waits_for_nothing_counts()
    {
        // While another runs, nobody can say whose the zombie was.
        var other = _programs.Start(_programs.Shell("sleep 300"));
        using var time = new ManualTime();
        using var watcher = new TreeWatcher(time);
        var run = _programs.Start(_programs.Shell("setsid sh -c 'while :; do :; done' & exec sleep 300"));
        using var watch = watcher.Watch(run.Program, new TreeLimits(null, null) { Cpu = 100 }, _ => { });
        await Eventually.True(() => CpuMeter.Sum(ProgramWatcher.Shared.Tree(run.Program)) > 1);
        await Eventually.True(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return watch.Settle().CpuTime?.TotalSeconds > 1;
        });
        run.Program.Kill();
        await run.Exit();
        Assert.True(watch.Settle().CpuTime!.Value.TotalSeconds > 1);
        Assert.False(other.Program.Completion.IsCompleted);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<LimitBreach> Watched(Started run, TreeLimits limits)
    {
        var told = new TaskCompletionSource<LimitBreach>(TaskCreationOptions.RunContinuationsAsynchronously);
        _watcher.Watch(run.Program, limits, breach =>
        {
            told.SetResult(breach);
            run.Program.Kill();
        });
        return await told.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }
}
