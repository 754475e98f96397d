using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Chat;

/// <summary>`chat`: one question to a model; its output is the answer, written as it comes.</summary>
internal sealed class ChatTool(ChatServices services) : ITool
{
    public string Name => "chat";

    public async ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel)
    {
        var bound = (BoundChat)run.Tool;
        if (services.Models.Find(bound.Model, out var why) is not { } model)
            return new ToolOutcome(AttemptEnd.Hopeless, $"model not configured: {why}");
        return await new ChatAttempt(services, run, bound, model).RunAsync(cancel);
    }
}
