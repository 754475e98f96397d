using Amoeba.Cells;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Cells.Docker;

namespace Amoeba.Tests.Conformance;

[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class DockerCellSuite(DockerDaemon daemon) : CellSuite, IAsyncLifetime
{
    private protected override int Lives => 20;

    public async ValueTask InitializeAsync()
    {
        await daemon.StartAsync();
        ContainerRig.Open(Rig);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private protected override ICell Cell(AttemptRunner runner, ProgramLauncher launcher) =>
        ContainerRig.Cell(daemon, Rig, runner, launcher);

    private protected override bool IsAlive(int pid) => ContainerRig.IsAlive(Rig, pid);
}
