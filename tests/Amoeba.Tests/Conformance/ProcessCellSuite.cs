using Amoeba.Cells;
using Amoeba.Cells.Process;
using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Conformance;

[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class ProcessCellSuite : CellSuite
{
    /// <summary>A worker has half a second after the force.</summary>
    private protected override TimeProvider Patient => new FastTime(0.05);

    /// <summary>And what its worker has sent without being asked for more.</summary>
    private protected override int MostUnderWay => base.MostUnderWay + Protocol.Window;

    private protected override ICell Cell(AttemptRunner runner, ProgramLauncher launcher) =>
        new ProcessCell(runner, launcher, new ProcessCellOptions
        {
            Parent = "parent-1",
            Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
        });

    [Fact(Timeout = 120_000)]
    public Task Of_a_worker_that_is_lost_no_secret_is_told() => NoSecretIsInTheWordsOfALostWorkerAsync();
}
