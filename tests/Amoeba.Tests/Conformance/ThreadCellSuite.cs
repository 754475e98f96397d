using Amoeba.Cells;
using Amoeba.Cells.Thread;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Tests.Conformance;

public sealed class ThreadCellSuite : CellSuite
{
    private protected override ICell Cell(AttemptRunner runner, ProgramLauncher launcher) => new ThreadCell(runner);
}
