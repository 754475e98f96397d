using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>What a new parent makes of detached attempts that an earlier one left.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class TakeUpTests : IDisposable
{
    private readonly DetachedRig _detached = new();

    private CellRig Cell => _detached.Cell;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _detached.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task One_that_was_left_goes_on_and_is_followed_from_its_first_byte()
    {
        var (order, pid) = await _detached.LeaveAsync();
        Assert.True(CellRig.IsAlive(pid));
        // Nobody decides anything by it, so that one that is torn harms nothing.
        await File.WriteAllTextAsync(_detached.FolderOf(order).Status, "{\"status\": \"runn", Cancel);
        Assert.Equal([0], await _detached.ReclaimAsync(order));

        var child = await _detached.TakeUpAsync(order);
        await _detached.GoAsync();
        var result = await Cell.Events.EndAsync();
        Assert.Equal((AttemptEnd.Succeeded, "first\nlast\n"), (result.End, CellRig.Text(result)));
        child.Destroy();
        Assert.Equal("gone c-1", await Cell.Events.NextAsync());
        Assert.False(_detached.FolderOf(order).Exists);
    }

    [Fact(Timeout = 120_000)]
    public async Task One_whose_folder_is_gone_ends_with_what_it_runs_for_nobody_would_find_it()
    {
        var (order, pid) = await _detached.LeaveAsync();
        var worker = DetachedClaim.Read(_detached.FolderOf(order))!.Process;
        _detached.FolderOf(order).Remove();
        await Eventually.True(() => !worker.IsAlive() && !CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_ended_while_nobody_was_there_is_counted_as_it_ended()
    {
        var (order, pid) = await _detached.LeaveAsync();
        await _detached.GoAsync();
        await Eventually.True(() => !CellRig.IsAlive(pid) && File.Exists(_detached.FolderOf(order).Result));

        Assert.Equal([0], await _detached.ReclaimAsync(order));
        await _detached.TakeUpAsync(order);
        Assert.Equal("first\nlast\n", CellRig.Text(await Cell.Events.EndAsync()));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_died_without_a_result_is_lost_and_what_it_ran_is_ended()
    {
        var (order, pid) = await _detached.LeaveAsync();
        var worker = DetachedClaim.Read(_detached.FolderOf(order))!.Process;
        worker.Send(9);
        await Eventually.True(() => !worker.IsAlive());

        Assert.Equal([0], await _detached.ReclaimAsync(order));
        await _detached.TakeUpAsync(order);
        Assert.Equal("failed c-1: it is gone, and left no result", await Cell.Events.NextAsync());
        Assert.False(CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_one_that_is_killed_ran_ends_with_it_though_no_parent_is_there()
    {
        var (order, pid) =
            await _detached.LeaveAsync(
                text: "(setsid sh -c 'echo $$ > left; exec sleep 300' &); while [ ! -s left ]; do sleep 0.02; done");
        var left = int.Parse(await File.ReadAllTextAsync(Path.Combine(Cell.Folder, "left"), Cancel), provider: null);
        Assert.True(CellRig.IsAlive(left));
        DetachedClaim.Read(_detached.FolderOf(order))!.Process.Send(9);
        await Eventually.True(() => !CellRig.IsAlive(pid) && !CellRig.IsAlive(left));
    }

    [Fact(Timeout = 120_000)]
    public async Task Taken_up_only_to_be_cancelled_it_ends_and_what_it_wrote_is_kept()
    {
        var (order, pid) = await _detached.LeaveAsync();
        Assert.Equal([0], await _detached.ReclaimAsync(order));
        var child = await _detached.TakeUpAsync(order);
        child.Stop(StopReason.Cancelled, TimeSpan.FromSeconds(5));
        var result = await Cell.Events.EndAsync();
        Assert.Equal((AttemptEnd.Stopped, "first\n"), (result.End, CellRig.Text(result)));
        Assert.False(CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_process_that_only_has_the_same_number_is_never_signalled()
    {
        var order = Cell.Order(Cell.Sh("true"));
        var folder = _detached.FolderOf(order);
        folder.Make();
        var me = ProcessIdentity.OfThisProcess;
        var stale = new DetachedClaim(true, BootId.Current,
            me with { StartTicks = me.StartTicks - 1 }, "c-1", "parent-1", DateTimeOffset.UnixEpoch);
        Assert.True(stale.TryMake(folder));
        Assert.False(stale.IsAlive);
        stale.TreeOf(folder).Ask(byForce: true);
        Assert.True(await stale.TreeOf(folder).EndAsync(TimeProvider.System, Cancel));

        await _detached.TakeUpAsync(order);
        Assert.Equal("failed c-1: it is gone, and left no result", await Cell.Events.NextAsync());
    }

    [Fact]
    public void A_claim_of_an_earlier_start_of_the_machine_is_nobodys()
    {
        var claim =
            DetachedClaim.Own(isStarted: true, "c-1", "parent-1", DateTimeOffset.UnixEpoch) with { Boot = "another" };
        Assert.False(claim.IsAlive);
        Assert.Null(claim.TreeOf(_detached.FolderOf(Cell.Order(Cell.Sh("true")))).Root);
    }

    /// <summary>By what it left: nothing, that it was told to end, or that it had ended.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData(null, null, false)]
    [InlineData(nameof(AttemptEnd.Stopped), Libc.SigTerm, false)]
    [InlineData(nameof(AttemptEnd.Failed), Libc.SigTerm, false)]
    [InlineData(nameof(AttemptEnd.Failed), null, true)]
    [InlineData(nameof(AttemptEnd.Succeeded), null, true)]
    public async Task One_that_the_machine_went_down_under_is_lost_with_its_parent(
        string? end, int? signal, bool counts)
    {
        var order = Cell.Order(Cell.Sh("true"));
        var folder = _detached.FolderOf(order);
        folder.Make();
        var claim =
            DetachedClaim.Own(isStarted: true, "c-1", "parent-1", DateTimeOffset.UnixEpoch) with { Boot = "another" };
        Assert.True(claim.TryMake(folder));
        if (end is not null)
            new DetachedResult(new ToolOutcome(Enum.Parse<AttemptEnd>(end)), 0, default, signal).Write(folder);
        Assert.Equal(counts ? [0] : [], await _detached.ReclaimAsync(order));
        Assert.Equal(counts, folder.Exists);
    }

    [Fact(Timeout = 120_000)]
    public async Task One_whose_worker_had_not_begun_is_taken_back_for_good()
    {
        var order = Cell.Order(Cell.Sh("true"));
        _detached.FolderOf(order).Make();
        var left = await _detached.ReclaimAllAsync(order);
        Assert.Empty(left.Outliving);
        Assert.Equal([0], left.Unbegun);
        // It stays until its row says so: if that fails, the next one sees it too.
        Assert.Equal(_detached.FolderOf(order), Assert.Single(left.TakenBack));
        Assert.Equal([0], (await _detached.ReclaimAllAsync(order)).Unbegun);
        left = await _detached.ReclaimAllAsync(order with { Attempt = order.Attempt + 1 });
        Assert.Empty(left.Unbegun);
        Assert.False(_detached.FolderOf(order).Exists);
    }

    [Fact(Timeout = 120_000)]
    public async Task So_is_one_that_an_earlier_parent_took_back_and_left_and_none_that_began_or_was_given_up()
    {
        var order = Cell.Order(Cell.Sh("true"));
        var folder = _detached.FolderOf(order);
        folder.Make();
        Assert.True(
            DetachedClaim.Own(isStarted: false, "", "parent-1", DateTimeOffset.UnixEpoch).TryMake(folder));
        Assert.Equal([0], (await _detached.ReclaimAllAsync(order)).Unbegun);

        folder.Make();
        Assert.Empty((await _detached.ReclaimAllAsync(order with { Attempt = order.Attempt + 1 })).Unbegun);

        // The second tool of a chain is begun only where the first did something.
        folder.Make();
        Assert.True(
            DetachedClaim.Own(isStarted: true, "c-1", "parent-1", DateTimeOffset.UnixEpoch).TryMake(folder));
        var second = DetachedFolder.Parse(folder.Path[..^1] + "1")!;
        second.Make();
        Assert.True(
            DetachedClaim.Own(isStarted: false, "", "parent-1", DateTimeOffset.UnixEpoch).TryMake(second));
        var others = new List<ForeignTree>();
        _detached.EndTree = (tree, _) =>
        {
            others.Add(tree); // its claim is this process'
            return Task.FromResult(true);
        };
        Assert.Empty((await _detached.ReclaimAllAsync(order)).Unbegun);
        Assert.Single(others);
    }

    [Fact]
    public void Whoever_claims_second_is_told_so()
    {
        var folder = _detached.FolderOf(Cell.Order(Cell.Sh("true")));
        folder.Make();
        Assert.True(DetachedFolder.TryWriteFirst(folder.Claim, "first"u8));
        Assert.False(DetachedFolder.TryWriteFirst(folder.Claim, "late"u8));
        Assert.Equal("first", File.ReadAllText(folder.Claim));
    }

    [Fact(Timeout = 120_000)]
    public async Task An_attempt_that_was_given_up_is_ended_before_anything_else_runs()
    {
        var (order, pid) = await _detached.LeaveAsync();
        Assert.Empty(await _detached.ReclaimAsync(order with { Attempt = order.Attempt + 1 }));
        Assert.False(CellRig.IsAlive(pid));
        Assert.False(_detached.FolderOf(order).Exists);
    }

    [Fact(Timeout = 120_000)]
    public async Task Two_attempts_that_one_child_began_are_told_apart()
    {
        var (first, one) = await _detached.LeaveAsync();
        var (second, other) = await _detached.LeaveAsync("started-too");
        Assert.Equal(first.Child, second.Child);
        Assert.Empty(await _detached.ReclaimAsync(first with { Attempt = first.Attempt + 1 }));
        Assert.Equal((false, true), (CellRig.IsAlive(one), CellRig.IsAlive(other)));
        var worker = DetachedClaim.Read(_detached.FolderOf(second))!.Process;
        worker.Send(9);
        await Eventually.True(() => !worker.IsAlive());
        Assert.True(
            await DetachedClaim.Read(_detached.FolderOf(second))!.TreeOf(_detached.FolderOf(second))
                .EndAsync(TimeProvider.System, Cancel));
        Assert.False(CellRig.IsAlive(other));
    }
}
