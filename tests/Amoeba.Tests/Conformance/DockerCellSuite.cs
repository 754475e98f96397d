using Amoeba.Cells;
using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Conformance;

[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class DockerCellSuite(DockerDaemon daemon) : CellSuite, IAsyncLifetime
{
    /// <summary>A worker has half a second after the force.</summary>
    private protected override TimeProvider Patient => new FastTime(0.05);

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

    /// <summary>And what its worker has sent without being asked for more.</summary>
    private protected override int MostUnderWay => base.MostUnderWay + Protocol.Window;

    private protected override ICell Cell(AttemptRunner runner, ProgramLauncher launcher) =>
        ContainerRig.Cell(daemon, Rig, runner, launcher);

    private protected override bool IsAlive(int pid) => ContainerRig.IsAlive(Rig, pid);
}
