using Amoeba.Cells.Wire;
using Amoeba.Disk;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Detached;

/// <summary>
/// A tool as a detached child's attempts see it: done by a worker that is started here, or was by an earlier parent.
/// </summary>
internal sealed class DetachedTool(ITool here, DetachedChild child) : ITool
{
    public string Name => here.Name;

    /// <summary>What a worker can do by itself, for as long as it takes.</summary>
    public static bool Carries(BoundTool tool) => WorkCodec.Carries(tool);

    public ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel)
    {
        if (Carries(run.Tool)) return RunDetachedAsync(run, cancel);
        // A merge by a model is calls and nothing that could be left alone: it is made again where its parent dies.
        if (run.Tool is BoundChatMerge) return here.RunAsync(run, cancel);
        return new(new ToolOutcome(
            AttemptEnd.Hopeless,
            $"{Name}: it cannot run without its parent, as a detached cell needs; use another cell for it"));
    }

    private async ValueTask<ToolOutcome> RunDetachedAsync(ToolRun run, CancellationToken cancel)
    {
        if (child.Cell.Missing() is { } lacks)
        {
            child.Lose($"not started: {lacks}", unbegun: true, isLack: true);
            return new ToolOutcome(AttemptEnd.Stopped);
        }

        var order = run.Work.Order;
        var folder = DetachedFolder.Of(child.Cell.Options.Root!, order.Job, order.Ordinal, order.Attempt, StepOf(run));
        try
        {
            return await new DetachedRun(child, run, folder).RunAsync(cancel);
        }
        catch (Exception failed) when (FullDisk.Is(failed))
        {
            throw new StoreUnusableException(
                FullDisk.Words("the detached task", folder.Path, $"go on with `amoeba resume {order.Job}`"), failed);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return new ToolOutcome(AttemptEnd.Failed,
                $"detached: its folder {folder.Path} cannot be used: {failed.Message}");
        }
    }

    private static int StepOf(ToolRun run)
    {
        var chain = run.Work.Chain;
        for (var step = 0; step < chain.Count; step++)
        {
            if (ReferenceEquals(chain[step], run.Tool)) return step;
        }

        throw new InvalidOperationException($"{run.Tool.Name} is not in the chain of its attempt.");
    }
}
