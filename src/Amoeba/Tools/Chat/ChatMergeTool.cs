using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Chat;

/// <summary>
/// `merge: chat`: a model joins all results; where they outgrow one call, their answers are joined again.
/// </summary>
internal sealed class ChatMergeTool(ChatServices services) : ITool
{
    public string Name => "merge chat";

    public async ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel)
    {
        var merge = (BoundChatMerge)run.Tool;
        if (services.Models.Find(merge.Chat.Model, out var why) is not { } model)
            return new ToolOutcome(AttemptEnd.Hopeless, $"model not configured: {why}");
        // Results are read from the disk: not on a thread that others wait for.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var spent = new SpentNotes(merge.Kept, run.Work.Order.Attempt);
        return await new ReduceRun(services, run, merge, model, spent).RunAsync(cancel);
    }
}
