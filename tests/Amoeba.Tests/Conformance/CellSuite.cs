using Amoeba.Cells;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Conformance;

/// <summary>What every kind of cell does alike: the life of a child, and the ways an attempt ends.</summary>
public abstract partial class CellSuite : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly CellRig _rig;

    protected CellSuite() => _rig = new CellRig(Cell);

    public virtual void Dispose()
    {
        _rig.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the environment of its programs has beside what every kind gives.</summary>
    private protected virtual string[] Marks(AttemptOrder order) => [];

    private protected abstract ICell Cell(AttemptRunner runner, ProgramLauncher launcher);

    private protected CellRig Rig => _rig;

    /// <summary>By them none is late to end what it is told to end, however busy this machine is.</summary>
    private protected virtual TimeProvider Patient => TimeProvider.System;

    /// <summary>How many children a test may make in its time.</summary>
    private protected virtual int Lives => 300;

    /// <summary>Whether a program lives, by the number it has where it runs.</summary>
    private protected virtual bool IsAlive(int pid) => CellRig.IsAlive(pid);

    [Fact(Timeout = 120_000)]
    public async Task A_child_does_one_attempt_after_the_other()
    {
        var job = _rig.Job("""
            {"name": "t", "each": ["a", "b", "c"], "do": {"run": ["printf", "%s-%s", "{item}", "{index}"]}}
            """);
        var child = await _rig.ChildAsync(job);
        foreach (var (ordinal, output) in new[] { (2, "c-2"), (0, "a-0"), (1, "b-1") })
        {
            var order = _rig.Order(job, ordinal);
            child.Start(order);
            var result = await _rig.Events.EndAsync();
            Assert.Equal((order, AttemptEnd.Succeeded, null), (result.Order, result.End, result.Error));
            Assert.Equal(output, CellRig.Text(result));
        }

        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_never_worked_goes_at_once_and_once()
    {
        var child = await _rig.ChildAsync(_rig.Sh("true"));
        child.Destroy();
        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.Null(_rig.Events.Unheard());
    }

    [Fact(Timeout = 120_000)]
    public async Task What_it_cost_is_told()
    {
        // What is done for an attempt after its tool is its teardown.
        var putAway = TimeSpan.FromMilliseconds(2);
        _rig.Outputs.Completing = () =>
        {
            var from = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(from) < putAway) Thread.SpinWait(50);
        };
        // It holds what it took until that was seen.
        const string Hold = "head -c 95000000 /dev/zero | tail -c 90000000 | "
            + "(until [ -e more ]; do sleep 0.05; done; wc -c)";
        var job = _rig.Sh($"i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; {Hold}", """{"memory": "100MB"}""");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        Assert.Matches(@"^warned c-1: memory: [\d.]+ MB of 100 MB are used \(limits\.memory\)$",
            (string)await _rig.Events.NextAsync());
        File.WriteAllText(Path.Combine(_rig.Folder, "more"), "");
        var result = await _rig.Events.EndAsync();
        var figures = result.Figures!;
        Assert.Equal((null, "90000000\n", 9), (result.Error, CellRig.Text(result), figures.OutputBytes));
        Assert.True(figures.CpuSeconds > 0 && figures.Execution > 0, $"{figures}");
        Assert.True(figures.Spawn > 0 && figures.Teardown >= putAway.TotalSeconds, $"{figures}");
        Assert.InRange(figures.PeakMemory ?? 0, 80 << 20, 100 << 20);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(StopReason.Timeout, AttemptEnd.TimedOut, "timeout: it ran longer than 5 m (limits.timeout)")]
    [InlineData(StopReason.Stalled, AttemptEnd.Stalled, "stall: it got nothing done for too long (limits.stall)")]
    [InlineData(StopReason.Cancelled, AttemptEnd.Stopped, "cancelled: its job was cancelled")]
    [InlineData(StopReason.Interrupted, AttemptEnd.Stopped, "interrupted: its parent stopped; it runs again on resume")]
    [InlineData(StopReason.Replaced, AttemptEnd.Stopped, "stopped: its child was stopped; it runs again")]
    internal async Task Stopping_ends_the_attempt_with_its_reason(StopReason reason, AttemptEnd end, string error)
    {
        var started = _rig.Signal("started");
        var job = _rig.Sh("echo $$ > started; exec sleep 300");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        var pid = await started.PidAsync();
        child.Stop(reason, Long);

        var result = await _rig.Events.EndAsync();
        Assert.Equal((end, error), (result.End, result.Error));
        Assert.False(IsAlive(pid));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(StopReason.Cancelled, "seen\n")]
    [InlineData(StopReason.Replaced, "")]
    internal async Task What_was_cancelled_keeps_what_it_wrote_and_what_runs_again_does_not(
        StopReason reason, string kept)
    {
        var started = _rig.Signal("started");
        var job = _rig.Sh("echo seen; echo $$ > started; exec sleep 300");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        await started.HeardAsync();
        await Eventually.True(() => child.Progress >= 5);
        child.Stop(reason, Long);

        var result = await _rig.Events.EndAsync();
        Assert.Equal((AttemptEnd.Stopped, kept, 5), (result.End, CellRig.Text(result), result.Figures!.OutputBytes));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_an_attempt_writes_is_progress_and_its_errors_are_too()
    {
        var job = _rig.Sh("printf 12345; printf 678 >&2; exec sleep 300", """{"stall": "1s"}""");
        var child = await _rig.ChildAsync(job);
        Assert.Equal(-1, child.Progress);
        child.Start(_rig.Order(job));
        await Eventually.True(() => child.Progress >= 8);
        Assert.Equal(8, child.Progress);
        child.Stop(StopReason.Stalled, TimeSpan.Zero);
        Assert.Equal(AttemptEnd.Stalled, (await _rig.Events.EndAsync()).End);
        Assert.Equal(-1, child.Progress);
    }

    [Fact(Timeout = 120_000)]
    public async Task It_is_warned_of_a_limit_before_it_is_ended_for_it()
    {
        var job = _rig.Sh(
            "for i in 1 2 3 4 5 6 7 8; do sleep 300 & done; until [ -e more ]; do sleep 0.05; done; for i in 1 2 3 4; "
                + "do sleep 300 & done; wait",
            """{"processes": 10}""");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        Assert.Matches(@"^warned c-1: processes: (8|9|10) of 10 are there at once \(limits\.processes\)$",
            (string)await _rig.Events.NextAsync());
        File.WriteAllText(Path.Combine(_rig.Folder, "more"), "");
        var result = await _rig.Events.EndAsync();
        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.StartsWith("processes: ", result.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task It_is_warned_of_its_open_files_before_it_is_refused_more()
    {
        const string Open = "exec {f}</dev/null || exit 3";
        var job = _rig.Sh(
            $"exec bash -c 'for i in {{1..85}}; do {Open}; done; until [ -e more ]; do sleep 0.05; done; "
                + $"for i in {{1..85}}; do {Open}; done'",
            """{"files": 100}""");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        Assert.Matches(@"^warned c-1: files: [89]\d of 100 are open in one process \(limits\.files\)$",
            (string)await _rig.Events.NextAsync());
        File.WriteAllText(Path.Combine(_rig.Folder, "more"), "");
        var result = await _rig.Events.EndAsync();
        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.StartsWith(
            "files: it had 100 of 100 open, and the kernel refused it more (limits.files); exit 3: ", result.Error,
            StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task It_is_warned_when_most_of_its_output_is_written()
    {
        var job = _rig.Sh("head -c 700 /dev/zero; sleep 0.2; head -c 200 /dev/zero", """{"output": 1000}""");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        Assert.Equal("warned c-1: output: 900 bytes of 1000 bytes are written (limits.output)",
            await _rig.Events.NextAsync());
        Assert.Equal(AttemptEnd.Succeeded, (await _rig.Events.EndAsync()).End);
    }

    [Fact(Timeout = 120_000)]
    public async Task After_a_stop_the_child_takes_the_next_attempt()
    {
        var job = _rig.Job("""{"name": "t", "each": ["300", "0"], "do": {"wait": "{item}"}}""");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job, 0));
        child.Stop(StopReason.Replaced, Long);
        child.Stop(StopReason.Timeout, Long);
        Assert.Equal(AttemptEnd.Stopped, (await _rig.Events.EndAsync()).End);

        child.Stop(StopReason.Cancelled, Long);
        child.Start(_rig.Order(job, 1));
        var result = await _rig.Events.EndAsync();
        Assert.Equal((AttemptEnd.Succeeded, "0"), (result.End, CellRig.Text(result)));
        child.Stop(StopReason.Cancelled, TimeSpan.Zero);
        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.Null(_rig.Events.Unheard());
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_start_has_one_end_however_close_the_stop_is()
    {
        _rig.Time = Patient;
        var job = _rig.Job("""{"name": "t", "each": ["x"], "do": {"wait": 0}}""");
        var child = await _rig.ChildAsync(job);
        for (var i = 0; i < 500; i++)
        {
            var order = _rig.Order(job);
            child.Start(order);
            for (var spin = 0; spin < i % 50; spin++) Thread.SpinWait(20);
            child.Stop(StopReason.Interrupted, i % 2 == 0 ? Long : TimeSpan.Zero);
            var result = await _rig.Events.EndAsync();
            Assert.Equal(order, result.Order);
            Assert.True(result.End is AttemptEnd.Stopped or AttemptEnd.Succeeded);
            Assert.Null(_rig.Events.Unheard());
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Whenever_it_is_destroyed_gone_is_its_last_word()
    {
        var job = _rig.Job("""{"name": "t", "each": ["x"], "do": {"wait": 0}}""");
        for (var i = 0; i < Lives; i++)
        {
            var child = await _rig.ChildAsync(job);
            child.Start(_rig.Order(job));
            for (var spin = 0; spin < i % 50; spin++) Thread.SpinWait(20);
            child.Destroy();
            child.Stop(StopReason.Cancelled, Long);
            var said = await _rig.Events.NextAsync();
            if (said is AttemptResult { End: AttemptEnd.Succeeded }) said = await _rig.Events.NextAsync();
            Assert.Equal("gone c-1", said);
            Assert.Null(_rig.Events.Unheard());
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Destroyed_while_it_works_it_goes_with_all_it_runs_and_tells_no_end()
    {
        var started = _rig.Signal("started");
        var job = _rig.Sh("trap '' TERM; echo $$ > started; sleep 300; sleep 300");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        var pid = await started.PidAsync();
        child.Destroy();

        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.False(IsAlive(pid));
        Assert.Null(_rig.Events.Unheard());
    }

    [Fact(Timeout = 120_000)]
    public async Task Outputs_that_cannot_be_written_are_told_and_nothing_is_recorded()
    {
        _rig.Outputs.Fault = new IOException("No space left on device");
        var result = await _rig.RunAsync(_rig.Sh("echo x; sleep 300"));

        Assert.Equal(AttemptEnd.Stopped, result.End);
        Assert.Contains("No space left on device", Assert.Single(_rig.Unusable).Message, StringComparison.Ordinal);
    }
}
