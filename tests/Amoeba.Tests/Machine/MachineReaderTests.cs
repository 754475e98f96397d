using Amoeba.Machine;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Machine;

public sealed class MachineReaderTests : IDisposable
{
    private const long Gib = 1L << 30;
    private const string Enabled = "cg/cgroup.subtree_control";
    private readonly string _root = Directory.CreateTempSubdirectory("amoeba-machine-").FullName;
    private readonly HandTime _time = new();

    public void Dispose() => TempFolder.Remove(_root);

    [Fact]
    public void A_plain_machine_is_read_as_it_is()
    {
        PlainMachine();
        var reader = new MachineReader(_time, _root);
        var facts = reader.Read(_root);
        Assert.Equal(4, facts.Cpus);
        Assert.Null(facts.CpuUse);
        Assert.Equal((16 * Gib, 12 * Gib), (facts.MemoryTotal, facts.MemoryAvailable));
        Assert.Equal(0.25, facts.MemoryUse);
        Assert.Equal((1.5, 3.25, 0.5), (facts.Load, facts.CpuPressure, facts.MemoryPressure));
        Assert.True(facts.DiskFree > 0);

        // 100 ticks later 30 of them were work, 70 idle or waiting for the disk.
        Put("proc/stat", "cpu  120 0 60 860 60 0 0 0 0 0\ncpu0 1 2 3 4\n");
        Assert.Equal(0.3, reader.Read(_root).CpuUse!.Value, 3);
    }

    [Fact]
    public void Limits_of_control_groups_version_2_are_the_machines_size()
    {
        PlainMachine();
        Put("proc/self/cgroup", "0::/user.slice/job\n");
        Put("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
        Put("sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n");
        Put("sys/fs/cgroup/user.slice/job/cpu.max", "max 100000\n");
        Put("sys/fs/cgroup/user.slice/job/cpu.stat", "usage_usec 1000000\nuser_usec 1\n");
        Put("sys/fs/cgroup/user.slice/memory.max", $"{4 * Gib}\n");
        Put("sys/fs/cgroup/user.slice/memory.current", $"{3 * Gib}\n");
        Put("sys/fs/cgroup/user.slice/memory.stat", $"anon 1\ninactive_file {1 * Gib}\n");
        Put("sys/fs/cgroup/user.slice/job/memory.max", "max\n");
        var reader = new MachineReader(_time, _root);
        var facts = reader.Read(_root);
        Assert.Equal(1.5, facts.Cpus);
        Assert.Equal((4 * Gib, 2 * Gib), (facts.MemoryTotal, facts.MemoryAvailable));

        // 1.5 s of processor time in 2 s, of the 3 s that the quota allows.
        _time.Pass(TimeSpan.FromSeconds(2));
        Put("sys/fs/cgroup/user.slice/job/cpu.stat", "usage_usec 2500000\n");
        Assert.Equal(0.5, reader.Read(_root).CpuUse!.Value, 3);
    }

    [Fact]
    public void Limits_of_control_groups_version_1_are_the_machines_size()
    {
        PlainMachine();
        Put("proc/self/cgroup",
            "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n2:pids:/docker/abc\n1:name=systemd:/\n0::/\n");
        // As in a container: the group is the mount's root.
        Put("proc/self/mountinfo", """
            40 30 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
            41 30 0:31 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
            42 30 0:32 /docker/abc /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids
            43 30 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """);
        Put("sys/fs/cgroup/memory/memory.limit_in_bytes", $"{2 * Gib}\n");
        Put("sys/fs/cgroup/memory/memory.usage_in_bytes", $"{1 * Gib}\n");
        Put("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 0\n");
        Put("sys/fs/cgroup/memory/cgroup.procs", "");
        Put("sys/fs/cgroup/pids/cgroup.procs", "");
        Put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
        Put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        var reader = new MachineReader(_time, _root);
        var facts = reader.Read(_root);
        Assert.Equal(0.5, facts.Cpus);
        Assert.Equal((2 * Gib, 1 * Gib), (facts.MemoryTotal, facts.MemoryAvailable));
        var summary = reader.Summarize();
        Assert.Equal("v1 and v2", summary.Cgroups);
        Assert.Equal("/sys/fs/cgroup/memory", summary.Groups.Memory);
        Assert.Equal("/sys/fs/cgroup/pids", summary.Groups.Processes);
        Assert.Equal((null, null, "v1"), (summary.Groups.Cpu, summary.Groups.Unified, summary.Groups.Version));
    }

    [Theory]
    [InlineData("")]
    [InlineData("memory pids cpu")]
    public void Version_2_holds_what_can_be_enabled_for_groups_below(string enabled)
    {
        FirstOfAll("cpu memory pids", enabled);
        var groups = new MachineReader(_time, _root).Groups();
        Assert.Equal(("/cg", "/cg", "/cg", "v2"), (groups.Memory, groups.Processes, groups.Cpu, groups.Version));
        Assert.False(groups.MovesUs);
    }

    [Theory]
    [InlineData("cpu", true)]
    [InlineData("cpu memory pids", false)]
    public void Version_2_where_too_little_can_be_enabled_only_ends_trees(string has, bool writable)
    {
        FirstOfAll(has, "");
        if (!writable)
        {
            File.Delete(Path.Combine(_root, Enabled));
            // A file that not even root may write.
            File.CreateSymbolicLink(Path.Combine(_root, Enabled), "/proc/sys/kernel/ostype");
        }

        var groups = new MachineReader(_time, _root).Groups();
        Assert.Equal((null, null, null, "/cg"), (groups.Memory, groups.Processes, groups.Cpu, groups.Unified));
        Assert.Equal("memory and pids cannot be enabled for groups below its own", groups.WhyNot);
    }

    [Fact]
    public void An_unlimited_group_limits_nothing()
    {
        PlainMachine();
        Put("proc/self/cgroup", "4:memory:/\n3:cpu:/\n");
        Put("proc/self/mountinfo",
            "40 30 0:30 / /cg/memory rw - cgroup c rw,memory\n41 30 0:31 / /cg/cpu rw - cgroup c rw,cpu\n");
        Put("cg/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Put("cg/cpu/cpu.cfs_quota_us", "-1\n");
        Put("cg/cpu/cpu.cfs_period_us", "100000\n");
        var facts = new MachineReader(_time, _root).Read(_root);
        Assert.Equal((4.0, 16 * Gib), (facts.Cpus, facts.MemoryTotal));
    }

    [Fact]
    public void A_machine_that_shows_nothing_still_has_a_size()
    {
        var reader = new MachineReader(_time, _root);
        var facts = reader.Read("/no/such/folder\0");
        Assert.True(facts.Cpus >= 1);
        Assert.True(facts.MemoryTotal > 0);
        Assert.Null(facts.Load);
        Assert.Null(facts.CpuPressure);
        var summary = reader.Summarize();
        Assert.Equal(("unknown", "none"), (summary.Kernel, summary.Cgroups));
        Assert.False(
            summary.HasPidfd || summary.Groups.Version is not null || summary.HasPressure || summary.IsInPidNamespace);
    }

    [Fact]
    public void The_summary_tells_kernel_boot_and_container()
    {
        PlainMachine();
        File.CreateSymbolicLink(Path.Combine(Folder("proc/self/ns"), "pid"), "pid:[4026532200]");
        var summary = new MachineReader(_time, _root).Summarize();
        Assert.Equal("5.4.0-90-generic", summary.Kernel);
        Assert.Equal("e86f3687-e2a0-4ed7-b55e-82d86efebd8d", summary.BootId);
        Assert.True(summary.HasPidfd && summary.HasSubreaper && summary.HasPressure && summary.IsInPidNamespace);
    }

    [Fact]
    public void This_very_machine_can_be_read()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("It reads /proc and /sys, which only Linux has.");
        var reader = new MachineReader(TimeProvider.System);
        var facts = reader.Read(Path.GetTempPath());
        Assert.InRange(facts.Cpus, 0.01, 4096);
        Assert.InRange(facts.MemoryAvailable, 1, facts.MemoryTotal);
        Assert.NotNull(facts.DiskFree);
        Assert.NotNull(reader.Summarize().BootId);
    }

    private void PlainMachine()
    {
        Put("proc/self/status", "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-2,5\n");
        Put("proc/stat", "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3 4\n");
        Put("proc/meminfo",
            $"MemTotal:       {16 * Gib / 1024} kB\nMemFree:  1 kB\nMemAvailable:   {12 * Gib / 1024} kB\n");
        Put("proc/loadavg", "1.50 2.00 3.00 1/300 4711\n");
        Put("proc/pressure/cpu",
            "some avg10=3.25 avg60=1.00 avg300=0.50 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        Put("proc/pressure/memory", "some avg10=0.50 avg60=1.00 avg300=0.50 total=1\n");
        Put("proc/sys/kernel/osrelease", "5.4.0-90-generic\n");
        Put("proc/sys/kernel/random/boot_id", "e86f3687-e2a0-4ed7-b55e-82d86efebd8d\n");
    }

    /// <summary>We are in the first group of all.</summary>
    private void FirstOfAll(string controllers, string enabled)
    {
        Put("proc/self/cgroup", "0::/\n");
        Put("proc/self/mountinfo", "30 23 0:26 / /cg rw,nosuid - cgroup2 cgroup2 rw\n");
        Put("cg/cgroup.procs", "");
        Put("cg/cgroup.controllers", $"{controllers}\n");
        Put(Enabled, $"{enabled}\n");
    }

    private void Put(string file, string text)
    {
        Folder(Path.GetDirectoryName(file)!);
        File.WriteAllText(Path.Combine(_root, file), text);
    }

    private string Folder(string folder) => Directory.CreateDirectory(Path.Combine(_root, folder)).FullName;

    private sealed class HandTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        internal void Pass(TimeSpan time) => _ticks += time.Ticks;
    }
}
