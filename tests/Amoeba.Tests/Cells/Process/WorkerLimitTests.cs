using Amoeba.Cells.Process;
using Amoeba.Engine.Ports;
using Amoeba.Machine;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Process;

/// <summary>
/// Limits of tasks in a worker, held by the control groups of this machine as far as this user may make some.
/// </summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class WorkerLimitTests : IDisposable
{
    private const string Skip = "this user may not make control groups of this kind here";
    private readonly string _id = $"test-{Guid.NewGuid():N}";
    private readonly GroupPlaces _places =
        Amoeba.Hosting.Running.LimitWays.Places(new MachineReader(TimeProvider.System));
    private readonly TreeGroups _groups;
    private readonly CellRig _rig;

    public WorkerLimitTests()
    {
        _groups = new TreeGroups(KernelGroupFiles.Instance, new(_places), _id, Environment.ProcessId);
        _rig = new CellRig((runner, launcher) => new ProcessCell(runner, launcher, new ProcessCellOptions
        {
            Parent = "parent-1",
            Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
            Groups = _groups,
        }));
    }

    public void Dispose()
    {
        _rig.Dispose();
        _groups.Dispose();
        Assert.Empty(GroupsLeft());
    }

    [Fact(Timeout = 120_000)]
    public async Task Memory_in_files_that_watching_cannot_see_is_held_by_the_kernel()
    {
        Assert.SkipWhen(_places.Memory is null || !Directory.Exists("/dev/shm"), Skip);
        var file = $"/dev/shm/{_id}";
        try
        {
            var result =
                await _rig.RunAsync(
                    _rig.Sh($"{InGroup.Memory}head -c 200000000 /dev/zero > {file}; sleep 300",
                        """{"memory": "64MB"}"""));
            Assert.Equal(AttemptEnd.OverLimit, result.End);
            Assert.Matches(
                @"^memory: it wanted more than its limit of 64 MB of memory, used [\d.]+ MB, .* \(limits.memory\)$",
                result.Error);
            Assert.InRange(result.Figures!.PeakMemory!.Value, 40 << 20, 64 << 20);
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
        const string Burner =
            "(setsid sh -c 'while :; do :; done' &); i=0; while [ $i -lt 70 ]; do sleep 0.1; i=$((i+1)); done";
        var result = await _rig.RunAsync(_rig.Sh(Burner, """{"cpu": 0.2}"""));
        Assert.Equal((AttemptEnd.Succeeded, null), (result.End, result.Error));
        // What it burnt before it was held is the half second; how long it took depends on what else runs here.
        var figures = result.Figures!;
        Assert.InRange(figures.CpuSeconds!.Value, 0.3, figures.Execution * 0.2 * 1.3 + 0.5);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_worker_that_is_killed_leaves_no_group_and_nothing_in_one()
    {
        Assert.SkipWhen(!_places.Folders.Any(), Skip);
        var started = _rig.Signal("started");
        var job =
            _rig.Sh("sleep 1.5; env -i setsid sh -c 'exec >/dev/null 2>&1; echo $$ > started; "
                + "exec /bin/sleep 300' & sleep 300");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        var hidden = await started.PidAsync();
        await Eventually.True(
            () => GroupsLeft().Any(folder => KernelGroupFiles.Instance.Processes(folder).Contains(hidden)));
        _ = Libc.Kill(_rig.Events.Pid!.Value, Libc.SigKill);

        Assert.Equal("failed c-1: signal KILL (9)", await _rig.Events.NextAsync());
        await Eventually.True(() => !CellRig.IsAlive(hidden) && !GroupsLeft().Any());
        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
    }

    private IEnumerable<string> GroupsLeft() => _places.Folders.SelectMany(KernelGroupFiles.Instance.Below)
        .Where(folder => folder.Contains(_id, StringComparison.Ordinal));
}
