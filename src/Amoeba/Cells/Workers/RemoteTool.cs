using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Workers;

/// <summary>
/// A tool as the child's attempts see it: what a worker can do it does, what needs the parent stays there.
/// </summary>
internal sealed class RemoteTool(ITool here, WorkerLink link, IReadOnlyList<string> theirs) : ITool
{
    public string Name => here.Name;

    public ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel)
    {
        if (WorkCodec.Carries(run.Tool) && theirs.Contains(Name)) return link.CallAsync(run, cancel);
        // Keys, quotas and the cache of answers are the parent's; what they bring is data, and nothing of it is run.
        if (run.Tool is BoundFetch or BoundChat) return here.RunAsync(run, cancel);
        return new(new ToolOutcome(
            AttemptEnd.Hopeless,
            $"{Name}: C# code of the program around Amoeba lives in that program and cannot run in a worker; "
                + "use `cell: thread` for it"));
    }
}
