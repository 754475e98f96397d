using Amoeba.Machine;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Processes;

/// <summary>Control groups of this machine, as far as this user may make some.</summary>
[Collection("alone")] // bombs take the machine, and to put a process into a group waits for all who fork
public sealed class KernelGroupTests : IDisposable
{
    private const long Mib = 1 << 20;
    private const string Skip = "this user may not make control groups of this kind here";

    private readonly string _id = $"test-{Guid.NewGuid():N}";
    private readonly Programs _programs = new();
    private readonly GroupPlaces _places = PlacesHere();
    private readonly TreeWatcher _watcher;

    public KernelGroupTests() => _watcher = Watcher(TimeProvider.System);

    public void Dispose()
    {
        _programs.Dispose();
        _watcher.Dispose();
        Assert.Empty(GroupsLeft());
    }

    [Fact(Timeout = 120_000)]
    public async Task Memory_in_files_that_watching_cannot_see_is_held_by_the_kernel()
    {
        Assert.SkipWhen(_places.Memory is null || !Directory.Exists("/dev/shm"), Skip);
        var file = $"/dev/shm/{_id}";
        var run = _programs.Start(
            _programs.Shell($"trap 'rm -f {file}' EXIT; {InGroup.Memory}"
                + $"head -c 200000000 /dev/zero > {file}; sleep 300"));
        try
        {
            var told = new TaskCompletionSource<LimitBreach>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var hold = _watcher.Watch(run.Program, new TreeLimits(64 * Mib, 64), Ending(run, told));
            var exit = await run.Exit();
            // Where the kernel chose the program itself there was no look between.
            var breach = hold.Settle().Breach!;
            Assert.Equal((LimitKind.Memory, true, 64 * Mib), (breach.Kind, breach.ByKernel, breach.Limit));
            Assert.Contains("wanted more than its limit of 64 MB of memory",
                breach.Describe(), StringComparison.Ordinal);
            Assert.InRange(breach.Seen, 40 * Mib, 64 * Mib);
            Assert.Equal(0, exit.Unkillable);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_burner_is_held_back_and_not_ended()
    {
        Assert.SkipWhen(_places.Cpu is null, Skip);
        var began = TimeProvider.System.GetTimestamp();
        var run = _programs.Start(_programs.Shell(
            "(setsid sh -c 'while :; do :; done' &); i=0; while [ $i -lt 70 ]; do sleep 0.1; i=$((i+1)); done"));
        using var hold =
            _watcher.Watch(run.Program, new TreeLimits(null, 64) { Cpu = 0.2 }, seen => Assert.Fail(seen.Describe()));
        var exit = await run.Exit();
        Assert.Equal(0, exit.Code);
        // What it burnt before it was held is the half second; how long it took depends on what else runs here.
        var most = TimeProvider.System.GetElapsedTime(began).TotalSeconds * 0.2 * 1.3 + 0.5;
        Assert.InRange(exit.CpuTime.TotalSeconds, 0.3, most);
        if (_places.Unified is not null) Assert.InRange(hold.Settle().CpuTime!.Value.TotalSeconds, 0.3, most);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_shed_everything_is_known_by_its_group()
    {
        Assert.SkipWhen(!_places.Folders.Any(), Skip);
        var run = _programs.Start(_programs.Shell(
            "until grep -q 'amoeba-.*[.]t[0-9]' /proc/self/cgroup; do sleep 0.05; done; "
                + "(env -i setsid sh -c 'exec >/dev/null 2>&1; /bin/sleep 300' &); echo up; sleep 300"));
        using var hold = _watcher.Watch(run.Program, new TreeLimits(null, 64), seen => Assert.Fail(seen.Describe()));
        await run.Sink.Saw("up");
        await Eventually.True(() => run.Program.Group is not null);
        List<int> hidden = [];
        await Eventually.True(() => (hidden = Hidden(run.Program)).Count > 0);
        run.Program.Kill();
        await run.Exit();
        await Eventually.True(() => hidden.TrueForAll(pid => !ProcFs.TryReadStat(pid, out var stat) || stat.IsZombie));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("b() { b | b & }; b; sleep 300")]
    [InlineData("b='(setsid sh -c \"$B\" &); (setsid sh -c \"$B\" &); sleep 300'; B=$b; export B; "
        + "sh -c \"$B\"; sleep 300")]
    public async Task A_fork_bomb_is_ended_and_leaves_nothing(string bomb)
    {
        Assert.SkipWhen(_places.Processes is null, Skip);
        var run = _programs.Start(_programs.Shell($"sleep 1; {bomb}"));
        var told = new TaskCompletionSource<LimitBreach>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hold = _watcher.Watch(run.Program, new TreeLimits(256 * Mib, 40) { Cpu = 2 }, Ending(run, told));
        var exit = await run.Exit();
        Assert.Equal(0, exit.Unkillable);
        // Where forking failed the program itself too, there may have been no look between.
        var breach = told.Task.IsCompleted ? await told.Task : hold.Settle().Breach!;
        Assert.True(breach.Kind is LimitKind.Processes or LimitKind.Memory, breach.Describe());
        var cookie = run.Program.Cookie!;
        await Eventually.True(() => !ProcFs.Pids().Exists(pid => ProcFs.HasEntry(ProcFs.Environment(pid), cookie)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_short_program_is_put_into_no_group()
    {
        // However long it takes on this machine, by the watcher's clock it is not a second.
        using var time = new ManualTime();
        using var watcher = Watcher(time);
        var run = _programs.Start(_programs.Shell("sleep 0.3"));
        using var hold =
            watcher.Watch(run.Program, new TreeLimits(256 * Mib, 64), seen => Assert.Fail(seen.Describe()));
        time.Advance(TimeSpan.FromSeconds(0.9));
        await run.Exit();
        Assert.Null(run.Program.Group);
        Assert.Equal(default, hold.Settle());
    }

    [Fact(Timeout = 120_000)]
    public async Task Groups_of_a_dead_parent_are_swept_with_what_is_in_them()
    {
        Assert.SkipWhen(!_places.Folders.Any(), Skip);
        var run = _programs.Start(_programs.Shell("echo up; exec sleep 300"));
        await run.Sink.Saw("up");
        using var dead = new TreeGroups(KernelGroupFiles.Instance, new(_places), _id, Environment.ProcessId);
        var group = dead.Enter(new TreeLimits(64 * Mib, 64), () => ProgramWatcher.Shared.Tree(run.Program));
        Assert.Equal([run.Program.Pid], group!.Processes());
        Assert.NotEmpty(GroupsLeft());
        var (_, clean) =
            await Leftovers.SweepAsync(_id, TimeProvider.System, TestContext.Current.CancellationToken, _places);
        Assert.True(clean);
        Assert.Equal(Libc.SigKill, (await run.Exit()).Signal);
    }

    [Fact(Timeout = 120_000)]
    public async Task The_guardian_ends_and_removes_groups_too()
    {
        Assert.SkipWhen(!_places.Folders.Any(), Skip);
        var run = _programs.Start(_programs.Shell("exec env -i /bin/sleep 300") with { Cookie = null });
        using var dead = new TreeGroups(KernelGroupFiles.Instance, new(_places), _id, Environment.ProcessId);
        dead.Enter(new TreeLimits(64 * Mib, 64), () => ProgramWatcher.Shared.Tree(run.Program));
        // No pipe at 3 is one that is at its end.
        var guardian = await _programs.Run(new ProgramStart(
            "/bin/sh",
            ["-c", GuardianScript.Text, "guardian", $"AMOEBA_PARENT_ID={_id}",
                "AMOEBA_DETACHED=1", _id, .. _places.Folders], ["PATH=/usr/bin:/bin"], "/"));
        Assert.Equal(0, guardian.Sink.Exits[0].Code);
        Assert.Equal(Libc.SigKill, (await run.Exit()).Signal);
    }

    private static GroupPlaces PlacesHere() =>
        Amoeba.Hosting.Running.LimitWays.Places(new MachineReader(TimeProvider.System));

    private TreeWatcher Watcher(TimeProvider time) =>
        new(time, new TreeGroups(KernelGroupFiles.Instance, new(_places), _id, Environment.ProcessId));

    /// <summary>Those in a session of their own, of which nobody was born with more than a name or two.</summary>
    private static List<int> Hidden(RunningProgram program)
    {
        Assert.True(ProcFs.TryReadStat(program.Pid, out var main));
        return
        [
            .. program.Group!.Processes().Where(pid => ProcFs.TryReadStat(pid, out var stat)
                && stat.Session != main.Session && ProcFs.Environment(pid).Length < 40),
        ];
    }

    private IEnumerable<string> GroupsLeft() => _places.Folders.SelectMany(KernelGroupFiles.Instance.Below)
        .Where(folder => folder.Contains(_id, StringComparison.Ordinal));

    private static Action<LimitBreach> Ending(Started run, TaskCompletionSource<LimitBreach> told) => breach =>
    {
        told.SetResult(breach);
        run.Program.Kill();
    };
}
