using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn.Dialects;

/// <summary>OpenAI chat completions, which most servers of models speak.</summary>
internal sealed class Chat : OpenAiBase
{
    private static readonly byte[] Done = Encoding.UTF8.GetBytes("data: [DONE]\n\n");

    private static readonly JsonElement SomeObject = JsonSerializer.Deserialize<JsonElement>(
        """{"type": "object", "required": ["answer"], "properties": {"answer": {"type": "string"}}}""");

    public override Frame UnknownFrame =>
        Frame.Of(null, new JsonObject { ["object"] = "something.new", ["choices"] = new JsonArray() });

    public override Ask Read(JsonElement body)
    {
        var text = new AskText();
        if (Of(body, "messages") is not { ValueKind: JsonValueKind.Array })
            throw new BadAskException("Missing required parameter: 'messages'.");
        foreach (var message in ListOf(body, "messages")) Take(message, text);
        var tools = ListOf(body, "tools").Select(tool => Of(tool, "function") ?? tool).ToList();
        foreach (var tool in tools) text.Count(tool.GetRawText());
        var format = Of(body, "response_format") ?? default;
        return new Ask
        {
            Model = Need(body, "model"),
            System = text.System,
            Messages = text.Messages,
            Schema = Of(format, "json_schema") is { } named ? Of(named, "schema") : AnyObject(format),
            Tools = [.. tools.Select(tool => new ToolOffer(TextOf(tool, "name") ?? "", Of(tool, "parameters")))],
            ForcedTool = Of(body, "tool_choice") is { } choice && Of(choice, "function") is { } forced
                ? TextOf(forced, "name")
                : null,
            Stream = Flag(body, "stream"),
            IncludeUsage = Of(body, "stream_options") is { } options && Flag(options, "include_usage"),
            MaxTokens = NumberOf(body, "max_completion_tokens") ?? NumberOf(body, "max_tokens"),
            InputTokens = text.Tokens,
        };
    }

    public override JsonObject Whole(Ask ask, Reply reply)
    {
        var silent = reply.Tools.Count > 0 && reply.Text.Length == 0;
        var message = new JsonObject { ["role"] = "assistant", ["content"] = silent ? null : reply.Text };
        if (reply.Reasoning is { } thoughts) message["reasoning_content"] = thoughts;
        if (reply.Tools.Count > 0)
            message["tool_calls"] = new JsonArray([.. reply.Tools.Select(call => Call(call, call.Arguments))]);
        var whole = Head("chat.completion", ask, reply);
        var choice = new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = Word(reply.Finish) };
        whole["choices"] = new JsonArray(choice);
        if (!reply.Counts.Omit) whole["usage"] = Usage(reply.Counts);
        return whole;
    }

    public override IEnumerable<Frame> Stream(Ask ask, Reply reply)
    {
        yield return Frame.Of(null, Chunk(new JsonObject { ["role"] = "assistant", ["content"] = "" }));
        if (reply.Reasoning is { } thoughts)
        {
            foreach (var frame in Mould("reasoning_content").Pieces(thoughts, reply.Latency.Chunk)) yield return frame;
        }

        if (reply.Text.Length > 0)
        {
            foreach (var frame in Mould("content").Pieces(reply.Text, reply.Latency.Chunk)) yield return frame;
        }

        for (var i = 0; i < reply.Tools.Count; i++)
        {
            var index = i;
            var opening = Call(reply.Tools[i], "");
            opening["index"] = index;
            yield return Frame.Of(null, Chunk(new JsonObject { ["tool_calls"] = new JsonArray(opening) }));
            var arguments = new FrameMould(null, piece => Chunk(new JsonObject
            {
                ["tool_calls"] = new JsonArray(new JsonObject
                {
                    ["index"] = index,
                    ["function"] = new JsonObject { ["arguments"] = piece },
                }),
            }));
            foreach (var frame in arguments.Pieces(reply.Tools[i].Arguments, reply.Latency.Chunk)) yield return frame;
        }

        yield return Frame.Of(null, Chunk([], Word(reply.Finish)));
        if (ask.IncludeUsage && !reply.Counts.Omit)
        {
            var last = Head("chat.completion.chunk", ask, reply);
            last["choices"] = new JsonArray();
            last["usage"] = Usage(reply.Counts);
            yield return Frame.Of(null, last);
        }

        yield return new Frame(Done, 0);

        FrameMould Mould(string part) => new(null, piece => Chunk(new JsonObject { [part] = piece }));

        JsonObject Chunk(JsonObject delta, string? finish = null)
        {
            var chunk = Head("chat.completion.chunk", ask, reply);
            chunk["choices"] =
                new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish });
            return chunk;
        }
    }

    public override Frame ErrorFrame(Ask ask, Reply reply) =>
        Frame.Of(null, Error(Trouble.Overloaded, "The server is overloaded. Try again later."));

    /// <summary>Where JSON is asked for without a schema, any object will do.</summary>
    private static JsonElement? AnyObject(JsonElement format) =>
        TextOf(format, "type") == "json_object" ? SomeObject : null;

    private static void Take(JsonElement message, AskText text)
    {
        var content = text.Content(Of(message, "content"));
        switch (TextOf(message, "role"))
        {
            case "system" or "developer": text.AddSystem(content); break;
            case "assistant":
                text.Add(Role.Assistant, content);
                foreach (var call in ListOf(message, "tool_calls")) text.Count(call.GetRawText());
                break;
            case "tool" or "function": text.Add(Role.Tool, content); break;
            case "user": text.Add(Role.User, content); break;
            case var role:
                throw new BadAskException(
                    $"Invalid value: '{role}'. Supported values are: 'system', 'developer', "
                        + "'assistant', 'user', 'tool'.");
        }
    }

    private static JsonObject Head(string kind, Ask ask, Reply reply) => new()
    {
        ["id"] = $"chatcmpl-{reply.Number}",
        ["object"] = kind,
        ["created"] = reply.Created,
        ["model"] = ask.Model,
    };

    private static JsonObject Call(Called call, string arguments) => new()
    {
        ["id"] = $"call_{call.Id}",
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = arguments },
    };

    private static JsonObject Usage(Counts counts) => new()
    {
        ["prompt_tokens"] = counts.Input,
        ["completion_tokens"] = counts.Output,
        ["total_tokens"] = counts.Input + counts.Output,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = counts.Cached },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = counts.Reasoning },
    };

    private static string Word(Finish finish) => finish switch
    {
        Finish.Length => "length",
        Finish.Tools => "tool_calls",
        Finish.ContentFilter => "content_filter",
        _ => "stop",
    };
}
