using System.Text;
using System.Text.Json.Nodes;

namespace Amoeba.Tests.StandIn;

/// <summary>An answer read from its dialect. Events are data only; `[DONE]` is left out.</summary>
internal sealed record Said(string Text, string Reasoning, string? Tool,
    string Arguments, string Finish, JsonObject? Usage, IReadOnlyList<JsonObject> Events)
{
    public static Said Read(string dialect, string body)
    {
        var streamed =
            body.StartsWith("data:", StringComparison.Ordinal) || body.StartsWith("event:", StringComparison.Ordinal);
        if (!streamed) return Whole(dialect, JsonNode.Parse(body)!.AsObject(), []);
        var events = EventsOf(body);
        return dialect switch
        {
            "chat" => Chat(events),
            "responses" => Whole(dialect, events[^1]["response"]!.AsObject(), events),
            _ => Anthropic(events),
        };
    }

    public static List<JsonObject> EventsOf(string body) =>
        [.. body.Split('\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal))
            .Select(line => line[5..].Trim())
            .Where(data => data != "[DONE]").Select(data => JsonNode.Parse(data)!.AsObject())];

    private static Said Whole(string dialect, JsonObject whole, IReadOnlyList<JsonObject> events)
    {
        if (dialect == "chat")
        {
            var choice = whole["choices"]![0]!;
            var message = choice["message"]!;
            var call = message["tool_calls"]?[0]?["function"];
            return new Said((string?)message["content"] ?? "",
                (string?)message["reasoning_content"] ?? "", (string?)call?["name"],
                (string?)call?["arguments"] ?? "", (string)choice["finish_reason"]!,
                whole["usage"]?.AsObject(), events);
        }

        var items = (dialect == "responses" ? whole["output"] : whole["content"])!.AsArray();
        JsonNode? Item(params string[] types) => items.FirstOrDefault(item => types.Contains((string?)item!["type"]));
        if (dialect == "responses")
        {
            var called = Item("function_call", "custom_tool_call");
            return new Said((string?)Item("message")?["content"]?[0]?["text"] ?? "",
                (string?)Item("reasoning")?["summary"]?[0]?["text"] ?? "",
                (string?)called?["name"], (string?)(called?["arguments"] ?? called?["input"]) ?? "",
                (string)whole["status"]!, whole["usage"]?.AsObject(), events);
        }

        var used = Item("tool_use");
        return new Said((string?)Item("text")?["text"] ?? "",
            (string?)Item("thinking")?["thinking"] ?? "", (string?)used?["name"],
            used?["input"]?.ToJsonString() ?? "", (string)whole["stop_reason"]!, whole["usage"]?.AsObject(), events);
    }

    private static Said Chat(List<JsonObject> events)
    {
        var (text, thoughts, arguments) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        string? tool = null, finish = null;
        JsonObject? usage = null;
        foreach (var one in events)
        {
            usage = one["usage"]?.AsObject() ?? usage;
            if (one["choices"]!.AsArray() is not [{ } choice]) continue;
            finish = (string?)choice["finish_reason"] ?? finish;
            text.Append((string?)choice["delta"]!["content"]);
            thoughts.Append((string?)choice["delta"]!["reasoning_content"]);
            var call = choice["delta"]!["tool_calls"]?[0]?["function"];
            tool = (string?)call?["name"] ?? tool;
            arguments.Append((string?)call?["arguments"]);
        }

        return new Said(text.ToString(), thoughts.ToString(), tool, arguments.ToString(), finish ?? "", usage, events);
    }

    private static Said Anthropic(List<JsonObject> events)
    {
        var (text, thoughts, arguments) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        string? tool = null, finish = null;
        var usage = events[0]["message"]!["usage"]!.DeepClone().AsObject();
        foreach (var one in events)
        {
            tool = (string?)one["content_block"]?["name"] ?? tool;
            var delta = one["delta"];
            text.Append((string?)delta?["text"]);
            thoughts.Append((string?)delta?["thinking"]);
            arguments.Append((string?)delta?["partial_json"]);
            finish = (string?)delta?["stop_reason"] ?? finish;
            if (one["usage"] is { } told) usage["output_tokens"] = told["output_tokens"]!.DeepClone();
        }

        Assert.Equal("message_stop", (string?)events[^1]["type"]);
        return new Said(text.ToString(), thoughts.ToString(), tool, arguments.ToString(), finish ?? "", usage, events);
    }
}
