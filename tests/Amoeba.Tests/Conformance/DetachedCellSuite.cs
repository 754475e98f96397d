using Amoeba.Cells;
using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Conformance;

[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class DetachedCellSuite : CellSuite
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-detached-").FullName;

    /// <summary>By it a guardian knows what is to go on without its parent.</summary>
    private protected override string[] Marks(AttemptOrder order) =>
        [DetachedClaim.Mark, $"AMOEBA_ATTEMPT={order.Job}/{order.Ordinal}-{order.Attempt}-0"];

    private protected override bool Outlives => true;

    /// <summary>It writes to the disk, as far as its limit goes, whether or not anybody is there.</summary>
    private protected override int MostUnderWay => int.MaxValue;

    private protected override ICell Cell(AttemptRunner runner, ProgramLauncher launcher) =>
        new DetachedCell(runner, launcher, new DetachedCellOptions
        {
            Parent = "parent-1",
            Root = DetachedFolder.RootOf(_home),
            Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
        });

    [Fact(Timeout = 120_000)]
    public Task Of_a_worker_that_is_lost_no_secret_is_told() => NoSecretIsInTheWordsOfALostWorkerAsync();

    public override void Dispose()
    {
        base.Dispose();
        TempFolder.Remove(_home);
    }
}
