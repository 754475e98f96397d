using System.Text.Json.Nodes;
using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn.Dialects;

/// <summary>One item of a response's output: how it opens, which events carry its text, how it ends.</summary>
internal sealed record ResponseItem(string Id, string Text)
{
    public required string DeltaEvent { get; init; }

    public required string DoneEvent { get; init; }

    /// <summary>The field of the closing event that has the whole text.</summary>
    public required string TextField { get; init; }

    /// <summary>The events around a part of the item, less their endings; null for items without parts.</summary>
    public string? PartEvent { get; init; }

    public string? IndexField { get; init; }

    public required Func<string, JsonObject> Part { get; init; }

    public required Func<JsonObject> Opening { get; init; }

    public required Func<JsonObject> Done { get; init; }

    public static IEnumerable<ResponseItem> Of(Reply reply)
    {
        if (reply.Reasoning is { } thoughts) yield return Thoughts($"rs_{reply.Number}", thoughts);
        if (reply.Text.Length > 0 || reply.Tools.Count == 0)
            yield return Message($"msg_{reply.Number}", reply.Text, reply.Finish);
        foreach (var call in reply.Tools) yield return Call(call);
    }

    private static ResponseItem Thoughts(string id, string text)
    {
        return new ResponseItem(id, text)
        {
            DeltaEvent = "response.reasoning_summary_text.delta",
            DoneEvent = "response.reasoning_summary_text.done",
            TextField = "text",
            PartEvent = "response.reasoning_summary_part",
            IndexField = "summary_index",
            Part = Part,
            Opening = () => Item(),
            Done = () => Item(Part(text)),
        };

        static JsonObject Part(string said) => new() { ["type"] = "summary_text", ["text"] = said };

        JsonObject Item(params JsonNode?[] parts) =>
            new() { ["type"] = "reasoning", ["id"] = id, ["summary"] = new JsonArray(parts) };
    }

    private static ResponseItem Message(string id, string text, Finish finish)
    {
        return new ResponseItem(id, text)
        {
            DeltaEvent = "response.output_text.delta",
            DoneEvent = "response.output_text.done",
            TextField = "text",
            PartEvent = "response.content_part",
            IndexField = "content_index",
            Part = Part,
            Opening = () => Item("in_progress"),
            Done = () => Item(finish is Finish.Length or Finish.ContentFilter ? "incomplete" : "completed", Part(text)),
        };

        static JsonObject Part(string said) =>
            new() { ["type"] = "output_text", ["text"] = said, ["annotations"] = new JsonArray() };

        JsonObject Item(string status, params JsonNode?[] parts) => new()
        {
            ["type"] = "message",
            ["id"] = id,
            ["status"] = status,
            ["role"] = "assistant",
            ["content"] = new JsonArray(parts),
        };
    }

    private static ResponseItem Call(Called call)
    {
        var (type, field, events) = call.FreeText
            ? ("custom_tool_call", "input", "response.custom_tool_call_input")
            : ("function_call", "arguments", "response.function_call_arguments");
        return new ResponseItem($"fc_{call.Id}", call.Arguments)
        {
            DeltaEvent = events + ".delta",
            DoneEvent = events + ".done",
            TextField = field,
            Part = _ => [],
            Opening = () => Item("in_progress", ""),
            Done = () => Item("completed", call.Arguments),
        };

        JsonObject Item(string status, string text) => new()
        {
            ["type"] = type,
            ["id"] = $"fc_{call.Id}",
            ["call_id"] = $"call_{call.Id}",
            ["name"] = call.Name,
            [field] = text,
            ["status"] = status,
        };
    }
}
