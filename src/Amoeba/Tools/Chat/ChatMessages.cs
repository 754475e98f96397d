using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>Words that both interfaces share.</summary>
internal static class ChatMessages
{
    /// <summary>In the options: the schema is one that a server can bind the answer to while it is written.</summary>
    public const string Strict = "strict";

    /// <summary>The model was asked for something it will not do.</summary>
    public static readonly ChatFinishReason Refusal = new("refusal");

    public static ChatFinishReason Finish(string word) => word switch
    {
        "stop" or "end_turn" or "stop_sequence" => ChatFinishReason.Stop,
        "length" or "max_tokens" or "model_context_window_exceeded" => ChatFinishReason.Length,
        "content_filter" => ChatFinishReason.ContentFilter,
        "tool_calls" or "function_call" or "tool_use" => ChatFinishReason.ToolCalls,
        "refusal" => Refusal,
        _ => new ChatFinishReason(word),
    };
}
