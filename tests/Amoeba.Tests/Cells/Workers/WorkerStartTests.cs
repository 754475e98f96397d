using Amoeba.Cells;
using Amoeba.Cells.Process;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Workers;

/// <summary>
/// A worker that cannot be started is its child's failure; out of the pool's thread it would end the whole parent.
/// </summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class WorkerStartTests
{
    public static TheoryData<string> Problems =>
        [nameof(IOException), nameof(UnauthorizedAccessException), nameof(ObjectDisposedException)];

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Problems))]
    public async Task What_goes_wrong_at_its_start_is_told_as_its_childs_failure(string problem)
    {
        Exception thrown = problem switch
        {
            nameof(IOException) => new IOException("no room for it"),
            nameof(UnauthorizedAccessException) => new UnauthorizedAccessException("no room for it"),
            _ => new ObjectDisposedException(null, "no room for it"),
        };
        using var rig = new CellRig((runner, _) => new FailingCell(runner, thrown));
        await FailsAsync(rig, "failed c-1: not started: no room for it");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_launcher_that_is_let_go_meanwhile_is_told_so_too()
    {
        using var rig = new CellRig((runner, launcher) =>
        {
            launcher.Dispose();
            return new ProcessCell(runner, launcher, new ProcessCellOptions { Parent = "parent-1", Environment = [] });
        });
        await FailsAsync(rig, "failed c-1: not started: ");
    }

    private static async Task FailsAsync(CellRig rig, string said)
    {
        var child = rig.Spawn(rig.Sh("true"));
        Assert.StartsWith(said, (string)await rig.Events.NextAsync(), StringComparison.Ordinal);
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
        Assert.Null(rig.Events.Unheard());
    }

    private sealed class FailingCell(AttemptRunner runner, Exception problem)
        : WorkerCell(runner, new WorkerCellOptions { Parent = "parent-1" })
    {
        public override CellKind Kind => CellKind.Process;

        public override string? Missing() => null;

        internal override WorkerStart Start(ChildSpec spec, int theirs, WorkerComplaints complaints) =>
            throw problem;
    }
}
