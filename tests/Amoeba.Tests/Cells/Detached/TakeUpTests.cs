using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>What a new parent makes of detached attempts that an earlier one left.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class TakeUpTests : IDisposable
{

    private readonly string _root = Directory.CreateTempSubdirectory("amoeba-detached-").FullName;
    private readonly CellRig _rig;

    public TakeUpTests() => _rig = new CellRig((runner, launcher) => new DetachedCell(runner, launcher, new DetachedCellOptions
    {
        Parent = "parent-1",
        Root = _root,
        Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
    }));

    public void Dispose()
    {
        _rig.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact(Timeout = 30_000)]
    public async Task One_that_was_left_goes_on_and_is_followed_from_its_first_byte()
    {
        var (order, pid) = await LeaveOneAsync();
        Assert.True(CellRig.IsAlive(pid));
        // Nobody decides anything by it, so that one that is torn harms nothing.
        await File.WriteAllTextAsync(FolderOf(order).Status, "{\"status\": \"runn", TestContext.Current.CancellationToken);
        Assert.Null(DetachedStatus.Read(FolderOf(order)));
        Assert.Equal([0], await ReclaimAsync(order));

        var child = await _rig.ChildAsync(order.Job);
        child.Start(order with { TakesUp = true });
        await File.WriteAllTextAsync(Path.Combine(_rig.Folder, "go"), "", TestContext.Current.CancellationToken);
        var result = await _rig.Events.EndAsync();
        Assert.Equal((AttemptEnd.Succeeded, "first\nlast\n"), (result.End, CellRig.Text(result)));
        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.False(FolderOf(order).Exists);
    }

    [Fact(Timeout = 30_000)]
    public async Task One_whose_folder_is_gone_ends_with_what_it_runs_for_nobody_would_find_it()
    {
        var (order, pid) = await LeaveOneAsync();
        var worker = DetachedClaim.Read(FolderOf(order))!.Process;
        FolderOf(order).Remove();
        while (worker.IsAlive() || CellRig.IsAlive(pid)) await Task.Yield();
    }

    [Fact(Timeout = 30_000)]
    public async Task One_that_ended_while_nobody_was_there_is_counted_as_it_ended()
    {
        var (order, pid) = await LeaveOneAsync();
        await File.WriteAllTextAsync(Path.Combine(_rig.Folder, "go"), "", TestContext.Current.CancellationToken);
        while (CellRig.IsAlive(pid) || !File.Exists(FolderOf(order).Result)) await Task.Yield();

        Assert.Equal([0], await ReclaimAsync(order));
        var child = await _rig.ChildAsync(order.Job);
        child.Start(order with { TakesUp = true });
        Assert.Equal("first\nlast\n", CellRig.Text(await _rig.Events.EndAsync()));
    }

    [Fact(Timeout = 30_000)]
    public async Task One_that_died_without_a_result_is_lost_and_what_it_ran_is_ended()
    {
        var (order, pid) = await LeaveOneAsync();
        var worker = DetachedClaim.Read(FolderOf(order))!.Process;
        worker.Send(9);
        while (worker.IsAlive()) await Task.Yield();

        Assert.Equal([0], await ReclaimAsync(order));
        var child = await _rig.ChildAsync(order.Job);
        child.Start(order with { TakesUp = true });
        Assert.Equal("failed c-1: it is gone, and left no result", await _rig.Events.NextAsync());
        Assert.False(CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_process_that_only_has_the_same_number_is_never_signalled()
    {
        var order = _rig.Order(_rig.Sh("true"));
        var folder = FolderOf(order);
        folder.Make();
        var me = ProcessIdentity.OfThisProcess;
        var stale = new DetachedClaim(true, BootId.Current, me with { StartTicks = me.StartTicks - 1 }, "c-1", "parent-1", DateTimeOffset.UnixEpoch);
        Assert.True(stale.TryMake(folder));
        Assert.False(stale.IsAlive);
        stale.TreeOf(folder).Ask(byForce: true);
        Assert.True(await stale.TreeOf(folder).EndAsync(TimeProvider.System, TestContext.Current.CancellationToken));

        var child = await _rig.ChildAsync(order.Job);
        child.Start(order with { TakesUp = true });
        Assert.Equal("failed c-1: it is gone, and left no result", await _rig.Events.NextAsync());
    }

    [Fact]
    public void A_claim_of_an_earlier_start_of_the_machine_is_nobodys()
    {
        var claim = DetachedClaim.Own(isStarted: true, "c-1", "parent-1", DateTimeOffset.UnixEpoch) with { Boot = "another" };
        Assert.False(claim.IsAlive);
        Assert.Null(claim.TreeOf(FolderOf(_rig.Order(_rig.Sh("true")))).Root);
    }

    [Fact(Timeout = 30_000)]
    public async Task One_whose_worker_had_not_begun_is_taken_back_for_good()
    {
        var order = _rig.Order(_rig.Sh("true"));
        FolderOf(order).Make();
        Assert.Empty(await ReclaimAsync(order));
        Assert.False(FolderOf(order).Exists);
    }

    [Fact]
    public void Whoever_claims_second_is_told_so()
    {
        var folder = FolderOf(_rig.Order(_rig.Sh("true")));
        folder.Make();
        Assert.True(DetachedFolder.TryWriteFirst(folder.Claim, "first"u8));
        Assert.False(DetachedFolder.TryWriteFirst(folder.Claim, "late"u8));
        Assert.Equal("first", File.ReadAllText(folder.Claim));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_attempt_that_was_given_up_is_ended_before_anything_else_runs()
    {
        var (order, pid) = await LeaveOneAsync();
        Assert.Empty(await ReclaimAsync(order with { Attempt = order.Attempt + 1 }));
        Assert.False(CellRig.IsAlive(pid));
        Assert.False(FolderOf(order).Exists);
    }

    [Fact(Timeout = 30_000)]
    public async Task Two_attempts_that_one_child_began_are_told_apart()
    {
        var (first, one) = await LeaveOneAsync();
        var (second, other) = await LeaveOneAsync("started-too");
        Assert.Equal(first.Child, second.Child);
        Assert.Empty(await ReclaimAsync(first with { Attempt = first.Attempt + 1 }));
        Assert.Equal((false, true), (CellRig.IsAlive(one), CellRig.IsAlive(other)));
        var worker = DetachedClaim.Read(FolderOf(second))!.Process;
        worker.Send(9);
        while (worker.IsAlive()) await Task.Yield();
        Assert.True(await DetachedClaim.Read(FolderOf(second))!.TreeOf(FolderOf(second)).EndAsync(TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.False(CellRig.IsAlive(other));
    }

    private async Task<(AttemptOrder Order, int Pid)> LeaveOneAsync(string signal = "started")
    {
        var started = _rig.Signal(signal);
        var job = _rig.Sh($"echo first; echo $$ > {signal}; while [ ! -e go ]; do sleep 0.02; done; echo last");
        var child = await _rig.ChildAsync(job);
        var order = _rig.Order(job);
        child.Start(order);
        var pid = await started.PidAsync();
        child.Leave();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        return (order, pid);
    }

    private DetachedFolder FolderOf(AttemptOrder order) => DetachedFolder.Of(_root, order.Job, order.Ordinal, order.Attempt, 0);

    private Task<IReadOnlySet<int>> ReclaimAsync(AttemptOrder order) => new DetachedRuns(_root, "parent-2", TimeProvider.System)
        .ReclaimAsync(order.Job, new Dictionary<int, int> { [order.Ordinal] = order.Attempt }, TestContext.Current.CancellationToken);
}
