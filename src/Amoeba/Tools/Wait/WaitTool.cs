using System.Text;
using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Wait;

/// <summary>`wait`: lets the time pass once and returns the item; of a batch, the items one a line.</summary>
internal sealed class WaitTool(TimeProvider time) : ITool
{
    public string Name => "wait";

    public ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return new(new ToolOutcome(AttemptEnd.Stopped));
        var seconds = ((BoundWait)run.Tool).Seconds;
        return seconds > 0 ? WaitAsync(run, seconds, cancel) : new(Answer(run));
    }

    private async ValueTask<ToolOutcome> WaitAsync(ToolRun run, double seconds, CancellationToken cancel)
    {
        var wait = Task.Delay(TimeSpan.FromSeconds(seconds), time, cancel);
        await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return wait.IsCanceled ? new ToolOutcome(AttemptEnd.Stopped) : Answer(run);
    }

    private static ToolOutcome Answer(ToolRun run)
    {
        var items = run.Work.Items;
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0 && !run.Output.Write("\n"u8)) break;
            if (!Write(run.Output, items[i].Text)) break;
        }

        return new ToolOutcome(AttemptEnd.Succeeded);
    }

    private static bool Write(IOutputWriter output, string text)
    {
        const int Small = 256;
        if (text.Length > Small) return output.Write(Encoding.UTF8.GetBytes(text));
        Span<byte> bytes = stackalloc byte[Small * 3];
        return output.Write(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }
}
