using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amoeba.StandIn.Answering;
using Amoeba.StandIn.Limiting;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Dialects;

/// <summary>Anthropic's messages.</summary>
internal sealed class Anthropic : Dialect
{
    public override int Overloaded => 529;

    public override Frame UnknownFrame => Frame.Of("something_new", new JsonObject { ["type"] = "something_new" });

    public override string? KeyOf(IHeaderDictionary headers) =>
        headers["x-api-key"].ToString() is { Length: > 0 } key ? key : Bearer(headers);

    public override Ask Read(JsonElement body)
    {
        var text = new AskText();
        if (Of(body, "system") is { } system) text.AddSystem(text.Content(system));
        if (Of(body, "messages") is not { ValueKind: JsonValueKind.Array })
            throw new BadAskException("messages: Field required");
        foreach (var message in ListOf(body, "messages")) Take(message, text);
        var tools = ListOf(body, "tools").ToList();
        foreach (var tool in tools) text.Count(tool.GetRawText());
        var format = Of(body, "output_config") is { } config ? Of(config, "format") : Of(body, "output_format");
        return new Ask
        {
            Model = TextOf(body, "model") ?? throw new BadAskException("model: Field required"),
            System = text.System,
            Messages = text.Messages,
            Schema = format is { } asked ? Of(asked, "schema") : null,
            Tools = [.. tools.Select(tool => new ToolOffer(TextOf(tool, "name") ?? "", Of(tool, "input_schema")))],
            ForcedTool = Of(body, "tool_choice") is { } choice && TextOf(choice, "type") == "tool"
                ? TextOf(choice, "name")
                : null,
            Stream = Flag(body, "stream"),
            MaxTokens = NumberOf(body, "max_tokens"),
            InputTokens = text.Tokens,
        };
    }

    public override JsonObject Whole(Ask ask, Reply reply)
    {
        var content = new JsonArray();
        if (reply.Reasoning is { } thoughts)
            content.Add(
                new JsonObject { ["type"] = "thinking", ["thinking"] = thoughts, ["signature"] = "c2lnbmF0dXJl" });
        if (reply.Text.Length > 0) content.Add(new JsonObject { ["type"] = "text", ["text"] = reply.Text });
        foreach (var call in reply.Tools) content.Add(Call(call, JsonNode.Parse(call.Arguments)));
        var whole = Head(ask, reply, reply.Counts.Output);
        whole["content"] = content;
        whole["stop_reason"] = Word(reply.Finish);
        return whole;
    }

    public override IEnumerable<Frame> Stream(Ask ask, Reply reply)
    {
        yield return Event("message_start",
            new JsonObject { ["message"] = Head(ask, reply, Math.Min(1, reply.Counts.Output)) });
        yield return Event("ping", []);
        var index = 0;
        if (reply.Reasoning is { } thoughts)
        {
            var opening = new JsonObject { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" };
            foreach (var frame in Block(index, opening, "thinking", thoughts)) yield return frame;
            var signed = new JsonObject { ["type"] = "signature_delta", ["signature"] = "c2lnbmF0dXJl" };
            yield return Event("content_block_delta", Delta(index, signed));
            yield return Event("content_block_stop", new() { ["index"] = index++ });
        }

        if (reply.Text.Length > 0)
        {
            var opening = new JsonObject { ["type"] = "text", ["text"] = "" };
            foreach (var frame in Block(index, opening, "text", reply.Text)) yield return frame;
            yield return Event("content_block_stop", new() { ["index"] = index++ });
        }

        foreach (var call in reply.Tools)
        {
            foreach (var frame in Block(index, Call(call, new JsonObject()), "input_json", call.Arguments))
                yield return frame;
            yield return Event("content_block_stop", new() { ["index"] = index++ });
        }

        var stop = new JsonObject { ["stop_reason"] = Word(reply.Finish), ["stop_sequence"] = null };
        var end = new JsonObject { ["delta"] = stop };
        if (!reply.Counts.Omit) end["usage"] = new JsonObject { ["output_tokens"] = reply.Counts.Output };
        yield return Event("message_delta", end);
        yield return Event("message_stop", []);

        IEnumerable<Frame> Block(int at, JsonObject opening, string kind, string text)
        {
            yield return Event("content_block_start", new() { ["index"] = at, ["content_block"] = opening });
            var field = kind == "input_json" ? "partial_json" : kind;
            var mould = new FrameMould("content_block_delta", piece => Typed("content_block_delta",
                Delta(at, new() { ["type"] = kind + "_delta", [field] = piece })));
            foreach (var frame in mould.Pieces(text, reply.Latency.Chunk)) yield return frame;
        }
    }

    public override Frame ErrorFrame(Ask ask, Reply reply) =>
        Frame.Of("error", Error(Trouble.Overloaded, "Overloaded"));

    public override JsonObject Error(Trouble trouble, string message)
    {
        var type = trouble switch
        {
            Trouble.WrongKey => "authentication_error",
            Trouble.UnknownModel => "not_found_error",
            Trouble.RateLimit => "rate_limit_error",
            Trouble.Overloaded => "overloaded_error",
            Trouble.Server => "api_error",
            _ => "invalid_request_error",
        };
        return new JsonObject
        {
            ["type"] = "error",
            ["error"] = new JsonObject { ["type"] = type, ["message"] = message },
            ["request_id"] = "req_standin",
        };
    }

    public override void Tell(Levels levels, DateTimeOffset now, IHeaderDictionary headers)
    {
        Tell("requests", levels.Requests);
        Tell("tokens", levels.Tokens);

        void Tell(string what, Level? level)
        {
            if (level is not { } told) return;
            headers[$"anthropic-ratelimit-{what}-limit"] = told.Limit.ToString(CultureInfo.InvariantCulture);
            headers[$"anthropic-ratelimit-{what}-remaining"] = told.Remaining.ToString(CultureInfo.InvariantCulture);
            // The stamp has whole seconds, so it is rounded up.
            var reset = (now + told.Reset + TimeSpan.FromMilliseconds(999)).UtcDateTime;
            headers[$"anthropic-ratelimit-{what}-reset"] =
                reset.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }
    }

    private static void Take(JsonElement message, AskText text)
    {
        var parts = ListOf(message, "content").ToList();
        var said = text.Content(Of(message, "content"));
        switch (TextOf(message, "role"))
        {
            // Clients of the beta put reminders between the messages.
            case "system": text.AddSystem(said); break;
            case "assistant":
                text.Add(Role.Assistant, said);
                foreach (var part in parts.Where(part => TextOf(part, "type") == "tool_use"))
                    text.Count(part.GetRawText());
                break;
            case "user":
                var results = parts.Where(part => TextOf(part, "type") == "tool_result").ToList();
                // Beside a tool's result, text is the client's own word and not the user's.
                if (results.Count == 0) text.Add(Role.User, said);
                else text.Count(said);
                foreach (var result in results) text.Add(Role.Tool, text.Content(Of(result, "content")));
                break;
            case var other: throw new BadAskException($"messages: Unexpected role \"{other}\".");
        }
    }

    private static JsonObject Head(Ask ask, Reply reply, int output)
    {
        var head = new JsonObject
        {
            ["id"] = $"msg_{reply.Number}",
            ["type"] = "message",
            ["role"] = "assistant",
            ["model"] = ask.Model,
            ["content"] = new JsonArray(),
            ["stop_reason"] = null,
            ["stop_sequence"] = null,
        };
        if (reply.Counts.Omit) return head;
        head["usage"] = new JsonObject
        {
            ["input_tokens"] = reply.Counts.Input - reply.Counts.Cached,
            ["cache_creation_input_tokens"] = reply.Counts.CacheWrite,
            ["cache_read_input_tokens"] = reply.Counts.Cached,
            ["output_tokens"] = output,
        };
        return head;
    }

    private static JsonObject Call(Called call, JsonNode? input) => new()
    {
        ["type"] = "tool_use",
        ["id"] = $"toolu_{call.Id}",
        ["name"] = call.Name,
        ["input"] = input,
    };

    private static JsonObject Delta(int index, JsonObject delta) => new() { ["index"] = index, ["delta"] = delta };

    private static Frame Event(string type, JsonObject data) => Frame.Of(type, Typed(type, data));

    private static JsonObject Typed(string type, JsonObject data)
    {
        data.Insert(0, "type", type);
        return data;
    }

    private static string Word(Finish finish) => finish switch
    {
        Finish.Length => "max_tokens",
        Finish.Tools => "tool_use",
        Finish.ContentFilter => "refusal",
        _ => "end_turn",
    };
}
