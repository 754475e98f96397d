using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Cells.Thread;

/// <summary>Children in the parent's own process, on its thread pool: nothing to start, nothing to take down.</summary>
internal sealed class ThreadCell(AttemptRunner runner) : ICell
{
    public CellKind Kind => CellKind.Thread;

    public string? Missing() => null;

    public IChild Spawn(ChildSpec spec, IChildEvents events)
    {
        var child = new AttemptChild(spec.Id, runner, events);
        events.Ready(spec.Id, pid: null);
        return child;
    }
}
