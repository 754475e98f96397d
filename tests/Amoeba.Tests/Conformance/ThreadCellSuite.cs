using Amoeba.Cells;
using Amoeba.Cells.Thread;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Tests.Conformance;

[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class ThreadCellSuite : CellSuite
{
    private protected override ICell Cell(AttemptRunner runner, ProgramLauncher launcher) => new ThreadCell(runner);
}
