using Amoeba.Cells;
using Amoeba.Cells.Thread;
using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Conformance;

public sealed class ThreadCellSuite : CellSuite
{
    private protected override ICell Cell(AttemptRunner runner) => new ThreadCell(runner);
}
