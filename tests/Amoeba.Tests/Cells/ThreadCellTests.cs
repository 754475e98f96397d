using Amoeba.Cells;
using Amoeba.Cells.Thread;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Delegate;
using Amoeba.Tools.Wait;

namespace Amoeba.Tests.Cells;

/// <summary>What only a child in the parent's own process can meet: delegates that do as they like.</summary>
public sealed class ThreadCellTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly AttemptOrder Order = new("job", 0, 1, 1, "c");

    private readonly ManualTime _time = new();
    private readonly InlineOutputs _outputs = new();
    private readonly ChildEvents _events = new();
    private readonly DelegateRegistry _delegates = new();

    [Fact(Timeout = 30_000)]
    public async Task A_delegate_that_blocks_is_given_up_after_grace_and_its_late_end_is_dropped()
    {
        using var began = new SemaphoreSlim(0);
        using var hold = new SemaphoreSlim(0);
        var late = new TaskCompletionSource();
        _delegates.Add("stuck", (_, _) =>
        {
            began.Release();
            hold.Wait(CancellationToken.None);
            late.SetResult();
            return new(DelegateResult.Text("late"));
        });
        var child = await SpawnAsync();
        child.Start(Order);
        await began.WaitAsync(TestContext.Current.CancellationToken);
        child.Stop(StopReason.Timeout, Grace);
        _time.Advance(Grace);
        Assert.Null(_events.Unheard());
        _time.Advance(AttemptStop.Settling);

        var result = await _events.EndAsync();
        Assert.Equal(AttemptEnd.TimedOut, result.End);
        Assert.StartsWith("timeout: it ran longer than", result.Error, StringComparison.Ordinal);
        _delegates.Remove("stuck");
        _delegates.Add("stuck", (_, _) => new(DelegateResult.Text("next")));
        child.Start(Order with { Attempt = 2 });
        Assert.Equal("next", InlineOutputs.TextOf((await _events.EndAsync()).Output));

        hold.Release();
        await late.Task;
        child.Destroy();
        Assert.Equal("gone c", await _events.NextAsync());
        Assert.Null(_events.Unheard());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delegate_that_awaits_for_ever_is_left_when_the_grace_is_over()
    {
        var began = new TaskCompletionSource();
        _delegates.Add("stuck", async (_, _) =>
        {
            began.SetResult();
            await new TaskCompletionSource().Task;
            return DelegateResult.None;
        });
        var child = await SpawnAsync();
        child.Start(Order);
        await began.Task;
        child.Stop(StopReason.Cancelled, Grace);
        _time.Advance(Grace);

        Assert.Equal(AttemptEnd.Stopped, (await _events.EndAsync()).End);
        Assert.Equal(0, _outputs.Open());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_blocked_delegate_does_not_keep_its_child_from_going()
    {
        using var began = new SemaphoreSlim(0);
        using var hold = new SemaphoreSlim(0);
        _delegates.Add("stuck", (_, _) =>
        {
            began.Release();
            hold.Wait(CancellationToken.None);
            return new(DelegateResult.None);
        });
        var child = await SpawnAsync();
        child.Start(Order);
        await began.WaitAsync(TestContext.Current.CancellationToken);
        child.Destroy();
        Assert.Null(_events.Unheard());
        _time.Advance(AttemptStop.Settling);

        Assert.Equal("gone c", await _events.NextAsync());
        hold.Release();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delegate_that_was_done_in_spite_of_the_stop_has_succeeded()
    {
        var began = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        _delegates.Add("stuck", async (_, _) =>
        {
            began.SetResult();
            await finish.Task;
            return DelegateResult.Text("done");
        });
        var child = await SpawnAsync();
        child.Start(Order);
        await began.Task;
        child.Stop(StopReason.Interrupted, Grace);
        finish.SetResult();

        var result = await _events.EndAsync();
        Assert.Equal((AttemptEnd.Succeeded, "done"), (result.End, InlineOutputs.TextOf(result.Output)));
        Assert.Equal(0, _time.Waiting);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_delegate_that_heeds_the_token_is_stopped()
    {
        var began = new TaskCompletionSource();
        _delegates.Add("stuck", async (_, cancel) =>
        {
            began.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancel);
            return DelegateResult.None;
        });
        var child = await SpawnAsync();
        child.Start(Order);
        await began.Task;
        child.Stop(StopReason.Cancelled, Grace);

        Assert.Equal(AttemptEnd.Stopped, (await _events.EndAsync()).End);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_second_stop_can_only_shorten_the_grace()
    {
        using var began = new SemaphoreSlim(0);
        var forced = new TaskCompletionSource();
        var child = new ThreadCell(new AttemptRunner(
            [new ScriptedTool("call", async (run, _) =>
            {
                began.Release();
                await using var told = run.Force.Register(forced.SetResult);
                await forced.Task;
                return new ToolOutcome(AttemptEnd.Stopped);
            })],
            new WorkBinder(new Call("call")), _outputs, _time, _ => { })).Spawn(new ChildSpec("c", "job"), _events);
        await _events.NextAsync();
        child.Start(Order);
        await began.WaitAsync(TestContext.Current.CancellationToken);
        child.Stop(StopReason.Interrupted, TimeSpan.FromSeconds(5));
        child.Stop(StopReason.Interrupted, TimeSpan.FromSeconds(60));
        child.Stop(StopReason.Interrupted, TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(forced.Task.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(AttemptEnd.Stopped, (await _events.EndAsync()).End);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_busy_child_cannot_be_started()
    {
        var began = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        _delegates.Add("stuck", async (_, _) =>
        {
            began.SetResult();
            await finish.Task;
            return DelegateResult.None;
        });
        var child = await SpawnAsync();
        child.Start(Order);
        Assert.Throws<InvalidOperationException>(() => child.Start(Order));
        await began.Task;
        finish.SetResult();
        await _events.EndAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_wait_takes_its_time_on_the_clock_it_is_given()
    {
        var binder = new WorkBinder(new BoundWait(90));
        var runner = new AttemptRunner([new WaitTool(_time)], binder, _outputs, _time, _ => { });
        var child = new ThreadCell(runner).Spawn(new ChildSpec("c", "job"), _events);
        await _events.NextAsync();
        child.Start(Order);
        await _time.TimerSetAsync();
        _time.Advance(TimeSpan.FromSeconds(89));
        Assert.Null(_events.Unheard());
        _time.Advance(TimeSpan.FromSeconds(1));

        var result = await _events.EndAsync();
        Assert.Equal((AttemptEnd.Succeeded, "x"), (result.End, InlineOutputs.TextOf(result.Output)));
        Assert.Equal(90, result.Figures!.Execution);
    }

    public void Dispose() => _time.Dispose();

    private async Task<IChild> SpawnAsync()
    {
        var runner = new AttemptRunner(
            [new DelegateTool(_delegates)], new WorkBinder(new BoundDelegate("stuck")), _outputs, _time, _ => { });
        var child = new ThreadCell(runner).Spawn(new ChildSpec("c", "job"), _events);
        Assert.Equal("ready c", await _events.NextAsync());
        return child;
    }
}
