using System.Text.Json;
using System.Text.Json.Nodes;
using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn.Dialects;

/// <summary>OpenAI responses, the dialect Codex needs.</summary>
internal sealed class Responses : OpenAiBase
{
    public override Frame UnknownFrame =>
        Frame.Of("response.something.new", new JsonObject { ["type"] = "response.something.new" });

    public override Ask Read(JsonElement body)
    {
        var text = new AskText();
        if (TextOf(body, "instructions") is { } instructions) text.AddSystem(instructions);
        if (TextOf(body, "input") is { } plain) text.Add(Role.User, plain);
        else if (Of(body, "input") is not { ValueKind: JsonValueKind.Array })
            throw new BadAskException("Missing required parameter: 'input'.");
        foreach (var item in ListOf(body, "input")) Take(item, text);
        var tools = ListOf(body, "tools").ToList();
        foreach (var tool in tools) text.Count(tool.GetRawText());
        var format = Of(body, "text") is { } said ? Of(said, "format") : null;
        return new Ask
        {
            Model = Need(body, "model"),
            System = text.System,
            Messages = text.Messages,
            Schema = format is { } asked ? Of(asked, "schema") : null,
            Tools = [.. tools.Select(tool => new ToolOffer(
                TextOf(tool, "name") ?? "", Of(tool, "parameters"), FreeText: TextOf(tool, "type") == "custom"))],
            ForcedTool = Of(body, "tool_choice") is { } choice ? TextOf(choice, "name") : null,
            Stream = Flag(body, "stream"),
            MaxTokens = NumberOf(body, "max_output_tokens"),
            InputTokens = text.Tokens,
        };
    }

    public override JsonObject Whole(Ask ask, Reply reply)
    {
        var output = new JsonArray();
        foreach (var item in ResponseItem.Of(reply)) output.Add(item.Done());
        var whole =
            Head(ask, reply, reply.Finish is Finish.Length or Finish.ContentFilter ? "incomplete" : "completed");
        whole["output"] = output;
        if (reply.Finish == Finish.Length)
            whole["incomplete_details"] = new JsonObject { ["reason"] = "max_output_tokens" };
        if (reply.Finish == Finish.ContentFilter)
            whole["incomplete_details"] = new JsonObject { ["reason"] = "content_filter" };
        if (!reply.Counts.Omit) whole["usage"] = Usage(reply.Counts);
        return whole;
    }

    public override IEnumerable<Frame> Stream(Ask ask, Reply reply)
    {
        var sequence = 0;
        yield return Event("response.created", new() { ["response"] = Head(ask, reply, "in_progress") });
        yield return Event("response.in_progress", new() { ["response"] = Head(ask, reply, "in_progress") });
        var at = 0;
        foreach (var item in ResponseItem.Of(reply))
        {
            var (id, index) = (item.Id, at++);
            yield return Event("response.output_item.added",
                new() { ["output_index"] = index, ["item"] = item.Opening() });
            if (item.PartEvent is { } part)
                yield return Event(part + ".added", Place(new() { ["part"] = item.Part("") }));
            var delta = new FrameMould(
                item.DeltaEvent,
                piece => Typed(item.DeltaEvent, Place(new() { ["delta"] = piece }), FrameMould.Number));
            foreach (var piece in TokenRule.Pieces(item.Text, reply.Latency.Chunk))
                yield return delta.Fill(piece, TokenRule.Count(piece), sequence++);
            yield return Event(item.DoneEvent, Place(new() { [item.TextField] = item.Text }));
            if (item.PartEvent is { } whole)
                yield return Event(whole + ".done", Place(new() { ["part"] = item.Part(item.Text) }));
            yield return Event("response.output_item.done", new() { ["output_index"] = index, ["item"] = item.Done() });

            JsonObject Place(JsonObject data)
            {
                data["item_id"] = id;
                data["output_index"] = index;
                if (item.IndexField is { } field) data[field] = 0;
                return data;
            }
        }

        var response = Whole(ask, reply);
        yield return Event("response." + response["status"], new() { ["response"] = response });

        Frame Event(string type, JsonObject data) => Frame.Of(type, Typed(type, data, sequence++));

        static JsonObject Typed(string type, JsonObject data, int number)
        {
            data.Insert(0, "type", type);
            data["sequence_number"] = number;
            return data;
        }
    }

    public override Frame ErrorFrame(Ask ask, Reply reply)
    {
        var response = Head(ask, reply, "failed");
        response["error"] =
            new JsonObject { ["code"] = "server_error", ["message"] = "The server is overloaded. Try again later." };
        return Frame.Of("response.failed", new() { ["type"] = "response.failed", ["response"] = response });
    }

    private static void Take(JsonElement item, AskText text)
    {
        switch (TextOf(item, "type") ?? "message")
        {
            case "message":
                var content = text.Content(Of(item, "content"));
                switch (TextOf(item, "role"))
                {
                    case "system" or "developer": text.AddSystem(content); break;
                    case "assistant": text.Add(Role.Assistant, content); break;
                    default: text.Add(Role.User, content); break;
                }

                break;
            case "function_call_output" or "custom_tool_call_output":
                text.Add(Role.Tool, text.Content(Of(item, "output")));
                break;
            case "function_call" or "custom_tool_call":
                text.Add(Role.Assistant, "");
                text.Count(item.GetRawText());
                break;
        }
    }

    private static JsonObject Head(Ask ask, Reply reply, string status) => new()
    {
        ["id"] = $"resp_{reply.Number}",
        ["object"] = "response",
        ["created_at"] = reply.Created,
        ["status"] = status,
        ["model"] = ask.Model,
        ["output"] = new JsonArray(),
        ["error"] = null,
        ["incomplete_details"] = null,
        ["usage"] = null,
    };

    private static JsonObject Usage(Counts counts) => new()
    {
        ["input_tokens"] = counts.Input,
        ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = counts.Cached },
        ["output_tokens"] = counts.Output,
        ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = counts.Reasoning },
        ["total_tokens"] = counts.Input + counts.Output,
    };
}
