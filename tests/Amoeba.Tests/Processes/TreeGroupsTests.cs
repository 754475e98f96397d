using System.Globalization;
using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

public sealed class TreeGroupsTests
{
    private const string Root = "/sys/fs/cgroup/user.slice/app.scope", Tree =
        Root + "/amoeba-p1.t1", Self = Root + "/amoeba-p1.self";
    private const long Mib = 1 << 20;
    private static readonly string Us = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
    private static readonly GroupPlaces Places =
        new() { Memory = Root, Cpu = Root, Processes = Root, Unified = Root, MovesUs = true };
    private static readonly TreeLimits Limits = new(128 * Mib, 64) { Cpu = 0.5 };
    private readonly FakeGroups _files = new(Root, "cpu memory pids", Us);

    [Fact]
    public void Version_2_moves_us_into_a_leaf_and_sets_every_limit()
    {
        using var groups = Make(_files);
        var group = groups.Enter(Limits, () => [Process(5004711), Process(5004712)])!;

        Assert.Equal(Us, _files[$"{Self}/cgroup.procs"]);
        Assert.Equal("memory pids cpu", _files[$"{Root}/cgroup.subtree_control"]);
        Assert.Equal($"{128 * Mib}", _files[$"{Tree}/memory.max"]);
        Assert.Equal(("0", "1"), (_files[$"{Tree}/memory.swap.max"], _files[$"{Tree}/memory.oom.group"]));
        Assert.Equal(("2048", "50000 100000"), (_files[$"{Tree}/pids.max"], _files[$"{Tree}/cpu.max"]));
        Assert.True(group.Throttles);
        Assert.Equal([5004711, 5004712], group.Processes());
    }

    [Fact]
    public void It_is_known_before_anything_is_in_it_for_that_may_be_the_programs_end()
    {
        var held = -1;
        using (var groups = Make(_files))
            groups.EnterLater(Limits, () => [Process(5004711)], made => held = made.Processes().Count);
        Assert.Equal(0, held);
    }

    [Fact]
    public void What_the_kernel_did_is_told_with_its_figures()
    {
        using var groups = Make(_files);
        var group = groups.Enter(Limits, () => [Process(5004711)])!;
        Assert.Null(group.Read().Breach);
        _files[$"{Tree}/memory.events"] = "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\noom_group_kill 1\n";
        _files[$"{Tree}/memory.peak"] = $"{120 * Mib}\n";
        _files[$"{Tree}/memory.stat"] = $"anon 1\nfile {30 * Mib}\nshmem {10 * Mib}\n";
        _files[$"{Tree}/cpu.stat"] = "usage_usec 2500000\nuser_usec 1\n";
        var use = group.Read();

        Assert.Equal(new LimitBreach(LimitKind.Memory, 128 * Mib, 100 * Mib) { ByKernel = true }, use.Breach);
        Assert.Equal(100 * Mib, use.PeakMemory);
        // What it used before it came into the group: 3 s.
        Assert.Equal(TimeSpan.FromSeconds(5.5), use.CpuTime);
    }

    [Fact]
    public void Forks_that_were_refused_are_a_breach_but_not_those_of_the_end()
    {
        using var groups = Make(_files);
        var group = groups.Enter(Limits, () => [Process(5004711)])!;
        _files[$"{Tree}/pids.events"] = "max 3\n";
        Assert.Equal((LimitKind.Processes, 2048L), (group.Read().Breach!.Kind, group.Read().Breach!.Seen));
        var other = groups.Enter(Limits, () => [Process(5004712)])!;
        _files.Write($"{Root}/amoeba-p1.t2/cgroup.procs", "5004712");
        other.Kill();
        _files[$"{Root}/amoeba-p1.t2/pids.events"] = "max 9\n";
        Assert.Empty(other.Processes());
    }

    [Fact]
    public void Who_joined_late_is_put_in_too()
    {
        using var groups = Make(_files);
        var group = groups.Enter(Limits, () => [Process(5004711)])!;
        Assert.Equal(1, group.Gather([Process(5004711), Process(5004713)]));
        Assert.Equal(0, group.Gather([Process(5004711), Process(5004713)]));
    }

    [Fact]
    public void A_group_that_is_not_ours_alone_is_left_as_it_is()
    {
        var files = new FakeGroups(Root, "cpu memory pids", Us, "1");
        using (var groups = Make(files)) Assert.Null(groups.Enter(Limits, () => [Process(5004711)]));
        Assert.Equal([Root], files.Groups);
        Assert.Equal("", files.Read($"{Root}/cgroup.subtree_control") ?? "");
    }

    [Fact]
    public void Without_the_controllers_there_is_no_group_and_we_go_back()
    {
        var files = new FakeGroups(Root, "pids", Us);
        using (var groups = Make(files)) Assert.Null(groups.Enter(Limits, () => [Process(5004711)]));
        Assert.Equal([Root], files.Groups);
        Assert.Equal(Us, files[$"{Root}/cgroup.procs"]);
    }

    [Fact]
    public void The_first_group_of_all_gets_the_controllers_and_keeps_us_and_them()
    {
        var files = new FakeGroups(Root, "cpu memory pids", Us, "1") { IsFirst = true };
        using (var groups = Make(files, Places with { MovesUs = false }))
        {
            Assert.True(groups.Enter(Limits, () => [Process(5004711)])!.Throttles);
            Assert.Equal([Root, Tree], files.Groups);
            Assert.Equal(($"{128 * Mib}", "2048"), (files[$"{Tree}/memory.max"], files[$"{Tree}/pids.max"]));
        }

        Assert.Equal([Root], files.Groups);
        Assert.Equal("memory pids cpu", files[$"{Root}/cgroup.subtree_control"]);
    }

    [Fact]
    public void In_the_first_group_of_all_a_parent_makes_room_for_its_workers()
    {
        var files = new FakeGroups(Root, "cpu memory pids", Us) { IsFirst = true };
        OwnedGroups? told;
        using (var groups = Make(files, Places with { MovesUs = false })) told = groups.Share();
        Assert.Equal("memory pids cpu", files[$"{Root}/cgroup.subtree_control"]);
        using var worker = TreeGroups.Of(OwnedGroups.Read(told!.Write())!.OfWorker(7), files);
        Assert.NotNull(worker.Enter(Limits, () => [Process(5004711)]));
    }

    [Fact]
    public void A_worker_makes_no_room_and_asks_again_with_its_next_task()
    {
        var files = new FakeGroups(Root, "cpu memory pids");
        using var worker = TreeGroups.Of(new OwnedGroups("p1", Places with { MovesUs = false }).OfWorker(7), files);
        Assert.Null(worker.Enter(Limits, () => [Process(5004711)]));
        Assert.Null(files.Read($"{Root}/cgroup.subtree_control"));

        using var parent = Make(files);
        Assert.NotNull(parent.Enter(Limits, () => [Process(5004712)]));
        Assert.NotNull(worker.Enter(Limits, () => [Process(5004711)]));
    }

    [Fact]
    public void When_a_stranger_has_left_our_group_the_next_tree_is_held()
    {
        var files = new FakeGroups(Root, "cpu memory pids", Us, "1");
        using var groups = Make(files);
        for (var i = 0; i < 9; i++) Assert.Null(groups.Enter(Limits, () => [Process(5004711)]));
        files.Make($"{Root}/other");
        files.Write($"{Root}/other/cgroup.procs", "1");
        Assert.NotNull(groups.Enter(Limits, () => [Process(5004711)]));
    }

    [Fact]
    public void We_move_back_and_forth_a_few_times_only()
    {
        var files = new FakeGroups(Root, "pids", Us);
        var moves = 0;
        files.OnMade = group => moves += group == Self ? 1 : 0;
        using var groups = Make(files);
        for (var i = 0; i < 9; i++) Assert.Null(groups.Enter(Limits, () => [Process(5004711)]));
        Assert.Equal(3, moves);
        Assert.Equal(Us, files[$"{Root}/cgroup.procs"]);
    }

    [Fact]
    public void The_end_leaves_no_group()
    {
        using (var groups = Make(_files)) groups.Enter(Limits, () => [Process(5004711)]);
        Assert.Equal([Root], _files.Groups);
        Assert.Equal(Us, _files[$"{Root}/cgroup.procs"]);
    }

    [Fact]
    public void What_outlives_us_keeps_its_groups_and_their_limits()
    {
        const string Other = $"{Root}/amoeba-j1-0-1-0.t1";
        using (var groups = Make(_files))
        {
            groups.Enter(Limits, () => [Process(5004711)]);
            _files.Make(Other);
        }

        Assert.Equal([Root, Other, Self], _files.Groups);
        Assert.Equal("memory pids cpu", _files[$"{Root}/cgroup.subtree_control"]);
        Assert.Equal(Us, _files[$"{Self}/cgroup.procs"]);
    }

    [Theory]
    [InlineData("amoeba-p1.t9")]
    [InlineData("amoeba-p1.w77.t1")]
    [InlineData("amoeba-p0.t1")]
    public void What_a_parent_left_keeps_nobody_from_going_back(string left)
    {
        using (var groups = Make(_files))
        {
            groups.Enter(Limits, () => [Process(5004711)]);
            _files.Make($"{Root}/{left}");
            // A program's own, by which the one above it cannot be removed.
            _files.Make($"{Root}/{left}/inner");
        }

        Assert.Equal(Us, _files[$"{Root}/cgroup.procs"]);
        Assert.Equal("", _files[$"{Root}/cgroup.subtree_control"]);
        Assert.DoesNotContain(Self, _files.Groups);
    }

    [Fact]
    public void What_runs_in_another_parents_group_keeps_its_limits()
    {
        const string Other = $"{Root}/amoeba-p2.t1";
        using (var groups = Make(_files))
        {
            groups.Enter(Limits, () => [Process(5004711)]);
            _files.Make(Other);
            _files.Write($"{Other}/cgroup.procs", "5004712");
        }

        Assert.Equal("memory pids cpu", _files[$"{Root}/cgroup.subtree_control"]);
    }

    [Fact]
    public void A_parent_whose_new_group_is_tidied_away_before_it_moves_makes_it_again()
    {
        var times = 0;
        _files.OnMade = group =>
        {
            if (group == Self && times++ == 0) TreeGroups.RemoveEmpty(_files, Places, "j1-0-1-0");
        };
        using var groups = Make(_files);
        Assert.NotNull(groups.Enter(Limits, () => [Process(5004711)]));
        Assert.Equal((2, Us), (times, _files[$"{Self}/cgroup.procs"]));
    }

    [Fact]
    public void A_parents_group_goes_once_nobody_is_in_it_with_the_next_attempt_that_is_removed()
    {
        const string Gone = $"{Root}/amoeba-p0.self", Other = $"{Root}/amoeba-p0.t1";
        _files.Make(Gone);
        _files.Make(Other);
        _files.Make($"{Root}/amoeba-j1-0-1-0.t1");
        _files.Write($"{Gone}/cgroup.procs", "5004711");
        TreeGroups.RemoveEmpty(_files, Places, "j1-0-1-0");
        Assert.Equal([Root, Gone, Other], _files.Groups);

        _files.Write($"{Root}/cgroup.procs", "5004711");
        TreeGroups.RemoveEmpty(_files, Places, "j1-1-1-0");
        Assert.Equal([Root, Other], _files.Groups);
    }

    [Fact]
    public void Whose_groups_may_lie_where_is_told_and_read_again()
    {
        var told = new OwnedGroups("j1-0-1-0", Places with { Cpu = null, MovesUs = false });
        Assert.Equal(told, OwnedGroups.Read(told.Write()));
        Assert.Null(OwnedGroups.Read(null));
        Assert.Null(OwnedGroups.Read("j1-0-1-0"));
    }

    [Fact]
    public void The_groups_of_a_dead_parent_go_and_others_stay()
    {
        _files.Make($"{Root}/amoeba-p1.t9");
        _files.Write($"{Root}/amoeba-p1.t9/cgroup.procs", "5004711");
        _files.Make($"{Root}/amoeba-p12.t1");
        Assert.True(TreeGroups.Sweep(_files, Places, "p1"));
        Assert.Equal([Root, $"{Root}/amoeba-p12.t1"], _files.Groups);
    }

    [Theory]
    [InlineData("amoeba-p1.t9")]
    [InlineData("amoeba-p1.t9/amoeba-p2.self")]
    public void Who_sweeps_from_within_ends_the_rest_and_not_itself(string ours)
    {
        _files.Make($"{Root}/amoeba-p1.t8");
        _files.Write($"{Root}/amoeba-p1.t8/cgroup.procs", "5004711");
        _files.Make($"{Root}/amoeba-p1.t9");
        _files.Make($"{Root}/{ours}");
        _files.Write($"{Root}/{ours}/cgroup.procs", Us);
        Assert.True(TreeGroups.Sweep(_files, Places, "p1"));
        Assert.Equal(Us, _files[$"{Root}/{ours}/cgroup.procs"]);
        Assert.DoesNotContain($"{Root}/amoeba-p1.t8", _files.Groups);
    }

    private static TreeGroups Make(FakeGroups files, GroupPlaces? places = null) =>
        new(files, new(places ?? Places), "p1", Environment.ProcessId);

    // Numbers beyond what a kernel gives.
    private static ProcessStat Process(int pid) => new(pid, 'S', 1, pid, pid, 100, 1, 1) { WaitedTicks = 200 };
}
