using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>
/// A worker whose process cannot be seen by whoever takes its attempt up, as in another container with the same home.
/// Here it is one whose claim says so.
/// </summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class ElsewhereTests : IDisposable
{
    private readonly DetachedRig _detached = new() { Beat = TimeSpan.FromSeconds(2) };

    private CellRig Cell => _detached.Cell;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _detached.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task It_is_followed_by_its_heart_and_counts_as_it_ends()
    {
        var (order, _) = await LeaveAsync();
        Assert.Equal([0], await _detached.ReclaimAsync(order));
        var child = await _detached.TakeUpAsync(order);
        await Eventually.True(() => child.Progress >= "first\n".Length); // looked at, and not taken for gone
        await _detached.GoAsync();
        var result = await Cell.Events.EndAsync();
        Assert.Equal((AttemptEnd.Succeeded, "first\nlast\n"), (result.End, CellRig.Text(result)));
    }

    [Fact(Timeout = 120_000)]
    public async Task It_ends_by_what_is_announced_because_no_signal_reaches_it()
    {
        var (order, pid) = await LeaveAsync();
        var child = await _detached.TakeUpAsync(order);
        child.Stop(StopReason.Cancelled, TimeSpan.FromSeconds(5));
        Assert.Equal(AttemptEnd.Stopped, (await Cell.Events.EndAsync()).End);
        Assert.False(CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 120_000)]
    public async Task Given_up_it_holds_its_job_until_it_has_ended()
    {
        var (order, pid) = await LeaveAsync();
        var worker = DetachedClaim.Read(_detached.FolderOf(order))!.Process;
        Assert.True(worker.Send(Libc.SigStop)); // so that it has not ended by the time of the answer
        var next = new Dictionary<int, int> { [order.Ordinal] = order.Attempt + 1 };
        Assert.Single((await _detached.Runs.ReclaimAsync(order.Job, next, Cancel)).NotEnded);
        Assert.True(worker.Send(Libc.SigCont));
        await _detached.EndedAsync(order);
        Assert.False(CellRig.IsAlive(pid));
        Assert.Empty((await _detached.Runs.ReclaimAsync(order.Job, next, Cancel)).NotEnded);
        Assert.False(_detached.FolderOf(order).Exists);
    }

    [Fact(Timeout = 120_000)]
    public async Task It_is_lost_when_its_heart_stands()
    {
        var (order, _) = await LeaveAsync();
        var worker = DetachedClaim.Read(_detached.FolderOf(order))!.Process;
        Assert.True(worker.Send(Libc.SigKill));
        await _detached.TakeUpAsync(order);
        Assert.Equal(
            "failed c-1: heartbeat lost: its process cannot be seen from here (another container), and showed no life "
                + "for 6 s",
            await Cell.Events.NextAsync());
        Assert.True(Cell.Events.Loss!.IsByParent);
    }

    [Fact(Timeout = 120_000)]
    public async Task Whoever_looks_once_goes_by_its_last_beat()
    {
        var (order, _) = await LeaveAsync();
        var folder = _detached.FolderOf(order);
        var claim = DetachedClaim.Read(folder)!;
        Assert.Equal((false, true), (claim.IsAlive, claim.IsAliveIn(folder)));
        Assert.Null(claim.TreeOf(folder).Root);
        Assert.True(claim.Process.Send(Libc.SigStop));
        while (File.GetLastWriteTimeUtc(folder.Beat) > DateTime.UnixEpoch)
            File.SetLastWriteTimeUtc(folder.Beat, DateTime.UnixEpoch);
        Assert.False(claim.IsAliveIn(folder));
        Assert.True(claim.Process.Send(Libc.SigCont));
        await _detached.GoAsync();
        await _detached.EndedAsync(order);
    }

    private async Task<(AttemptOrder Order, int Pid)> LeaveAsync()
    {
        var (order, pid) = await _detached.LeaveAsync();
        var claim = _detached.FolderOf(order).Claim;
        var text = await File.ReadAllTextAsync(claim, Cancel);
        var other = text.Replace(ProcessSpace.Current, "pid:[1]", StringComparison.Ordinal);
        Assert.NotEqual(text, other);
        DetachedFolder.WriteWhole(claim, System.Text.Encoding.UTF8.GetBytes(other));
        return (order, pid);
    }
}
