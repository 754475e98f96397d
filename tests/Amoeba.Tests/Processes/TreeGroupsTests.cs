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

    private static TreeGroups Make(FakeGroups files) => new(files, new(Places), "p1", Environment.ProcessId);

    // Numbers beyond what a kernel gives.
    private static ProcessStat Process(int pid) => new(pid, 'S', 1, pid, pid, 100, 1, 1) { WaitedTicks = 200 };
}
