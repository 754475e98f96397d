using Amoeba.Cells.Docker;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>A daemon that is there and answers nothing holds nobody up for long.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class HangingDaemonTests : IDisposable
{
    private readonly FakeDocker _docker = new();
    private readonly List<DoubtedContainer> _doubted = [];
    private readonly CellRig _rig;
    private ProgramLauncher _launcher = new(TimeProvider.System);

    public HangingDaemonTests() => _rig = new CellRig((runner, _) => new DockerCell(
        runner, _docker.Client(_launcher), new DockerCellOptions
        {
            Parent = "parent-1",
            Home = null,
            Doubted = _doubted.Add,
            Place = _ => new ContainerPlace
            {
                Image = "sha256:first",
                Folder = _rig!.Folder,
                Memory = 256 << 20,
                Processes = 64,
            },
        }));

    public void Dispose()
    {
        _rig.Dispose();
        _launcher.Dispose();
        _docker.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_child_is_gone_after_the_first_question_without_an_answer_and_its_container_told_as_in_doubt()
    {
        WaitLess();
        var child = await BusyAsync();
        _docker.Hangs = true;
        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.Single(Removals);
        Assert.Equal((Removals[0].Split(' ')[^1], "c-1", "parent-1"), Told(Assert.Single(_doubted)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_daemon_that_answers_leaves_no_doubt()
    {
        var child = await BusyAsync();
        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.Empty(_doubted);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_docker_did_not_know_before_it_hung_is_in_doubt_all_the_same()
    {
        WaitLess();
        var child = await BusyAsync();
        _docker.HangsUnknowing = true;
        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.Equal(2, Removals.Length);
        Assert.Equal("c-1", Assert.Single(_doubted).Child);
    }

    private static (string Name, string Child, string Parent) Told(DoubtedContainer one) =>
        (one.Name, one.Child, one.Parent);

    private string[] Removals =>
        [.. _docker.Calls.Where(call => call.StartsWith("rm ", StringComparison.Ordinal))];

    /// <summary>
    /// Half as long, and still long for a client that is only slow: it has to have said what it was asked.
    /// </summary>
    private void WaitLess()
    {
        _launcher.Dispose();
        _launcher = new ProgramLauncher(new FastTime(2));
    }

    private async Task<IChild> BusyAsync()
    {
        var started = _rig.Signal("started");
        var job = _rig.Sh("echo > started; exec sleep 300");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        await started.HeardAsync();
        return child;
    }
}
