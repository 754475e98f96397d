using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>Nothing else may run beside it: it takes the machine.</summary>
[Collection("alone")]
public sealed class ForkBombTests(DockerDaemon daemon) : IAsyncLifetime
{
    private CellRig? _rig;

    public async ValueTask InitializeAsync() => await daemon.StartAsync();

    public ValueTask DisposeAsync()
    {
        _rig?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = 240_000)] // it takes the machine from the daemon too
    public async Task A_fork_bomb_ends_as_processes_and_the_child_lives_on()
    {
        var rig = _rig = new CellRig((runner, launcher) => ContainerRig.Cell(
            daemon, _rig!, runner, launcher, ContainerRig.Place(daemon, _rig!) with { Cpus = 1.5 }));
        ContainerRig.Open(rig);
        var bomb =
            rig.Job(
                """{"name": "t", "each": ["bomb", "good"], "do": {"run": ["bash", "-c", "[ $AMOEBA_ITEM = good ] || {{ f() {{ f | f & }}; f; sleep 300; }}; echo fine"]}}""");
        var child = await rig.ChildAsync(bomb);
        child.Start(rig.Order(bomb, 0));
        var result = await rig.Events.EndAsync();
        // Whichever line it meets first.
        Assert.Matches("^(processes: it (had|wanted)|memory: it used) .* over its limit of ", result.Error);
        Assert.Equal(AttemptEnd.OverLimit, result.End);

        child.Start(rig.Order(bomb, 1));
        Assert.Equal("fine\n", CellRig.Text(await rig.Events.EndAsync()));
    }
}
