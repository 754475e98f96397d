using System.Globalization;
using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Machine;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>
/// Limits of detached attempts, held by the control groups of this machine as far as this user may make some.
/// </summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class DetachedLimitTests : IDisposable
{
    private const string Skip = "this user may not make control groups of this kind here";

    /// <summary>What shed all that it could be known by, in a group with what started it.</summary>
    private const string Hide =
        "sleep 0.3; env -i setsid sh -c 'exec >/dev/null 2>&1; echo $$ > hidden; exec /bin/sleep 300' & true";

    private readonly GroupPlaces _places =
        Amoeba.Hosting.Running.LimitWays.Places(new MachineReader(TimeProvider.System));
    private readonly TreeGroups _parent;
    private readonly DetachedRig _detached;

    public DetachedLimitTests()
    {
        _parent = new TreeGroups(
            KernelGroupFiles.Instance, new(_places), $"test-{Guid.NewGuid():N}", Environment.ProcessId);
        _detached = new DetachedRig { Groups = _parent };
    }

    private CellRig Cell => _detached.Cell;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _detached.Dispose();
        _parent.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task The_kernel_holds_it_back_also_when_its_parent_is_gone_and_lets_it_go_with_its_end()
    {
        Assert.SkipWhen(_places.Cpu is null, Skip);
        var (order, pid) = await _detached.LeaveAsync(limits: """{"cpu": 0.2}""");
        _parent.Dispose();
        await Eventually.True(() => Groups(order).Any(group => Holds(group, pid)));
        Assert.Contains(Groups(order), group => Quota(group) == 20_000);

        Assert.Equal([0], await _detached.ReclaimAsync(order));
        var child = await _detached.TakeUpAsync(order);
        Assert.Contains(Groups(order), group => Holds(group, pid));
        await _detached.GoAsync();
        Assert.Equal(AttemptEnd.Succeeded, (await Cell.Events.EndAsync()).End);
        Assert.Empty(Groups(order));
        child.Destroy();
        Assert.Equal("gone c-1", await Cell.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task What_it_takes_in_files_that_watching_cannot_see_is_told_as_memory()
    {
        Assert.SkipWhen(_places.Memory is null || !Directory.Exists("/dev/shm"), Skip);
        var file = $"/dev/shm/amoeba-test-{Guid.NewGuid():N}";
        try
        {
            // The limit of processors brings it into its group at the first look.
            var result = await Cell.RunAsync(Cell.Sh(
                $"{InGroup.Memory}head -c 200000000 /dev/zero > {file}; sleep 300",
                """{"memory": "64MB", "cpu": 8}"""));
            Assert.Equal(AttemptEnd.OverLimit, result.End);
            Assert.StartsWith("memory: it wanted more than its limit of 64 MB of memory", result.Error,
                StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_worker_that_is_killed_leaves_no_group_for_its_guardian_ends_what_is_in_it()
    {
        Assert.SkipWhen(!_places.Folders.Any(), Skip);
        var (order, hidden) = await HideAsync();
        DetachedClaim.Read(_detached.FolderOf(order))!.Process.Send(Libc.SigKill);
        await Eventually.True(() => !CellRig.IsAlive(hidden) && !Groups(order).Any());
    }

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_the_guardian_died_too_whoever_comes_next_ends_what_is_in_its_groups(bool takesUp)
    {
        Assert.SkipWhen(!_places.Folders.Any(), Skip);
        var (order, hidden) = await HideAsync();
        var folder = _detached.FolderOf(order);
        await _detached.KillWithGuardianAsync(order);
        Assert.True(CellRig.IsAlive(hidden));

        if (takesUp)
        {
            await _detached.TakeUpAsync(order);
            Assert.Equal("failed c-1: it is gone, and left no result", await Cell.Events.NextAsync());
        }
        else Assert.True(await _detached.Runs.EndAsync([folder], Cancel));
        Assert.False(CellRig.IsAlive(hidden));
        await Eventually.True(() => !Groups(order).Any());
    }

    /// <summary>One that was left, with a process that is known by its group alone.</summary>
    private async Task<(AttemptOrder Order, int Hidden)> HideAsync()
    {
        var signal = Cell.Signal("hidden");
        var (order, _) = await _detached.LeaveAsync(text: Hide, limits: """{"cpu": 8}""");
        var hidden = await signal.PidAsync();
        await Eventually.True(() => Groups(order).Any(group => Holds(group, hidden)));
        return (order, hidden);
    }

    private IEnumerable<string> Groups(AttemptOrder order)
    {
        var owner = _detached.FolderOf(order).GroupsOwner;
        return _places.Folders.SelectMany(KernelGroupFiles.Instance.Below)
            .Where(group => group.Contains(owner, StringComparison.Ordinal));
    }

    private static bool Holds(string group, int pid) => KernelGroupFiles.Instance.Processes(group).Contains(pid);

    /// <summary>Microseconds in each tenth of a second.</summary>
    private static long? Quota(string group) => KernelGroupFiles.Instance.Number($"{group}/cpu.cfs_quota_us")
        ?? (KernelGroupFiles.Instance.Read($"{group}/cpu.max")?.Split(' ') is [var quota, _]
            && long.TryParse(quota, CultureInfo.InvariantCulture, out var microseconds) ? microseconds : null);
}
