using System.Text.RegularExpressions;
using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>What is left of a detached attempt cannot be ended, as when a kernel call holds it.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class UnendedTests : IDisposable
{
    private readonly DetachedRig _detached = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _detached.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task One_that_was_given_up_is_told_and_stays_for_the_next_look()
    {
        var (order, pid) = await _detached.LeaveAsync();
        var next = new Dictionary<int, int> { [order.Ordinal] = order.Attempt + 1 };
        var ends = _detached.EndTree;
        _detached.EndTree = static (_, _) => Task.FromResult(false);
        var (outliving, _, _, notEnded) = await _detached.Runs.ReclaimAsync(order.Job, next, Cancel);
        Assert.Empty(outliving);
        Assert.Equal(_detached.FolderOf(order), Assert.Single(notEnded));
        Assert.True(_detached.FolderOf(order).Exists);

        _detached.EndTree = ends;
        Assert.Empty((await _detached.Runs.ReclaimAsync(order.Job, next, Cancel)).NotEnded);
        Assert.False(_detached.FolderOf(order).Exists);
        Assert.False(CellRig.IsAlive(pid));
    }

    /// <summary>A stop is given up a second after the force, and one try to end a tree takes longer.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_is_still_being_ended_when_its_stop_is_given_up_stays_on_the_disk_and_so_does_its_child(
        bool ends)
    {
        var (child, order, pid) = await _detached.BeginAsync();
        var end = _detached.EndTree;
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _detached.EndTree = async (tree, time) =>
        {
            tried.TrySetResult();
            await goOn.Task;
            return ends && await end(tree, time);
        };
        var worker = DetachedClaim.Read(_detached.FolderOf(order))!.Process;
        Assert.True(worker.Send(Libc.SigStop)); // it does not obey
        child.Stop(StopReason.Cancelled, TimeSpan.Zero);
        await tried.Task;
        Assert.Equal(AttemptEnd.Stopped, (await _detached.Cell.Events.EndAsync()).End);
        child.Destroy();
        var gone = _detached.Cell.Events.NextAsync();
        Assert.Equal((false, true), (gone.IsCompleted, _detached.FolderOf(order).Exists));

        goOn.SetResult();
        Assert.Equal("gone c-1", await gone);
        Assert.Equal(!ends, _detached.FolderOf(order).Exists);
        Assert.Equal(!ends, CellRig.IsAlive(pid));
        _detached.EndTree = end;
        if (!ends) Assert.True(await _detached.Runs.EndAsync([_detached.FolderOf(order)], Cancel));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_a_lost_one_ran_is_tried_again_told_and_kept_on_the_disk()
    {
        var (order, pid) = await _detached.LeaveAsync();
        // What the worker leaves comes to this very process, which may end it at any time; this one is nobody's orphan.
        using var programs = new Programs();
        var held = programs.Start(
            new ProgramStart("/bin/sleep", ["300"], [.. DetachedClaim.MarksOf(_detached.FolderOf(order))], "/"));
        await _detached.KillWithGuardianAsync(order);
        var ends = _detached.EndTree;
        var tries = 0;
        _detached.EndTree = (_, _) => Task.FromResult(++tries < 0);
        var child = await _detached.TakeUpAsync(order);
        var told = Assert.IsType<string>(await _detached.Cell.Events.NextAsync());
        Assert.True(Regex.IsMatch(told,
            $@"^failed c-1: it is gone, and left no result; pid (\d+, )*{held.Program.Pid}(, \d+)* cannot be ended, "
                + "and `amoeba cells clean` tries it again$"), $"{held.Program.Pid} is not in: {told}");
        Assert.Equal(3, tries);
        child.Destroy();
        Assert.Equal("gone c-1", await _detached.Cell.Events.NextAsync());
        Assert.True(_detached.FolderOf(order).Exists);

        _detached.EndTree = ends;
        Assert.True(await _detached.Runs.EndAsync([_detached.FolderOf(order)], Cancel));
        Assert.False(CellRig.IsAlive(pid));
        Assert.Equal(Libc.SigKill, (await held.Exit()).Signal);
    }
}
