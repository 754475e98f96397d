using System.Net;
using System.Text.Json.Nodes;
using Amoeba.StandIn;

namespace Amoeba.Tests.StandIn;

public sealed class DialectTests
{
    public static TheoryData<string, bool> Ways =>
        [.. Caller.Dialects.SelectMany(dialect => new[] { (dialect, false), (dialect, true) })];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_echo_comes_back_whole_and_counted(string dialect, bool stream)
    {
        await using var caller = await Caller.StartAsync();
        var said = await caller.SayAsync(dialect, "twelve \"bytes\" or 😀 so", stream);
        Assert.Equal("twelve \"bytes\" or 😀 so", said.Text);
        var (input, output) =
            dialect == "chat" ? ("prompt_tokens", "completion_tokens") : ("input_tokens", "output_tokens");
        Assert.Equal(7, (int)said.Usage![input]!);
        Assert.Equal(7, (int)said.Usage[output]!);
        Assert.Equal(dialect switch { "chat" => "stop", "responses" => "completed", _ => "end_turn" }, said.Finish);
        Assert.True(!stream || said.Events.Count > 7);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Usage_is_told_in_the_dialects_own_shape(string dialect, bool stream)
    {
        var usage = new Usage { Input = 100, Cached = 60, CacheWrite = 7, Output = 50, Reasoning = 20 };
        await using var caller =
            await Caller.StartAsync(
                new Script { Answers = [new Answer { Reasoning = "thought", Text = "said", Usage = usage }] });
        var said = await caller.SayAsync(dialect, "x", stream);
        Assert.Equal(("thought", "said"), (said.Reasoning, said.Text));
        var told = said.Usage!;
        var expected = dialect switch
        {
            "chat" =>
                """{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":20}}""",
            "responses" =>
                """{"input_tokens":100,"input_tokens_details":{"cached_tokens":60},"output_tokens":50,"output_tokens_details":{"reasoning_tokens":20},"total_tokens":150}""",
            _ =>
                """{"input_tokens":40,"cache_creation_input_tokens":7,"cache_read_input_tokens":60,"output_tokens":50}""",
        };
        Assert.Equal(expected, told.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_scripted_tool_is_called_and_its_result_is_answered(string dialect, bool stream)
    {
        await using var caller = await Caller.StartAsync(new Script
        {
            Answers =
                [new Answer { When = @"weather in (\w+)",
                    Tools = [ToolCall.Of("get", """{"city": "Paris"}""")], Text = "{1}: {tool}" }],
        });
        var ask = Caller.Ask(dialect, "the weather in Paris?", stream);
        var called = await caller.SayAsync(dialect, ask);
        Assert.Equal("get", called.Tool);
        Assert.Equal("Paris", (string?)JsonNode.Parse(called.Arguments)!["city"]);
        Assert.Equal(dialect switch { "chat" => "tool_calls", "responses" => "completed", _ => "tool_use" },
            called.Finish);
        var answered = await caller.SayAsync(dialect, WithResult(dialect, ask));
        Assert.Equal(("Paris: rain", (string?)null), (answered.Text, answered.Tool));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_schema_is_obeyed_or_not_as_scripted(string dialect, bool stream)
    {
        await using var caller = await Caller.StartAsync(new Script
        {
            Answers = [new Answer { Wrong = Wrong.Schema, Times = 1 },
                new Answer { Wrong = Wrong.Syntax, Times = 1 }, new Answer { Wrong = Wrong.Fenced, Times = 1 }],
        });
        var ask = WithSchema(dialect, Caller.Ask(dialect, "x", stream));
        Assert.Null(JsonNode.Parse((await caller.SayAsync(dialect, ask)).Text)!["name"]);
        var spoiled = (await caller.SayAsync(dialect, ask)).Text;
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => JsonNode.Parse(spoiled));
        Assert.Contains("```json", (await caller.SayAsync(dialect, ask)).Text, StringComparison.Ordinal);
        var right = JsonNode.Parse((await caller.SayAsync(dialect, ask)).Text)!;
        Assert.NotEmpty((string)right["name"]!);
        Assert.Equal(3, (int)right["count"]!);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_answer_of_n_tokens_ends_at_the_asked_limit(string dialect, bool stream)
    {
        await using var caller = await Caller.StartAsync(new Script { Answers = [new Answer { Tokens = 50 }] });
        var ask = Caller.Ask(dialect, "x", stream);
        Assert.Equal(200, (await caller.SayAsync(dialect, ask)).Text.Length);
        ask[dialect == "responses" ? "max_output_tokens" : "max_tokens"] = 10;
        var cut = await caller.SayAsync(dialect, ask);
        Assert.Equal(40, cut.Text.Length);
        Assert.Equal(dialect switch { "chat" => "length", "responses" => "incomplete", _ => "max_tokens" }, cut.Finish);
    }

    [Theory]
    [InlineData("chat", "invalid_api_key", "model_not_found", "context_length_exceeded")]
    [InlineData("responses", "invalid_api_key", "model_not_found", "context_length_exceeded")]
    [InlineData("anthropic", "authentication_error", "not_found_error", "prompt is too long")]
    public async Task Refusals_have_the_vendors_shape(string dialect, string key, string model, string context)
    {
        await using var caller =
            await Caller.StartAsync(new Script { Keys = ["right"], Models = ["m"], Context = 100 });
        await ExpectAsync(caller, dialect, Caller.Ask(dialect, "x", false), "wrong", HttpStatusCode.Unauthorized, key);
        await ExpectAsync(caller, dialect, Caller.Ask(dialect, "x", false), null, HttpStatusCode.Unauthorized, key);
        var other = Caller.Ask(dialect, "x", true);
        other["model"] = "other";
        await ExpectAsync(caller, dialect, other, "right", HttpStatusCode.NotFound, model);
        await ExpectAsync(caller, dialect, Caller.Ask(dialect, new string('x', 500), true),
            "right", HttpStatusCode.BadRequest, context);
        await ExpectAsync(caller, dialect, new JsonObject { ["model"] = "m" },
            "right", HttpStatusCode.BadRequest, "invalid_request_error");
        await ExpectAsync(caller, dialect, Caller.Ask(dialect, "x", false), "right", HttpStatusCode.OK, "x");
    }

    [Fact]
    public async Task Turns_of_a_coding_agent_are_scripted_by_their_number()
    {
        await using var caller = await Caller.StartAsync(new Script
        {
            Answers =
            [
                new Answer { Turn = 1, Tools = [ToolCall.Of("shell", """{"command": ["ls"]}""")] },
                new Answer { Turn = 2,
                    Tools =
                        [new ToolCall("apply_patch",
                            System.Text.Json.JsonSerializer.SerializeToElement("*** Begin"))] },
                new Answer { Turn = 3, Text = "done" },
            ],
        });
        var ask = JsonNode.Parse("""
            {"model": "m", "stream": true, "tools": [{"type": "custom", "name": "apply_patch"}],
             "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go"}]}]}
            """)!.AsObject();
        Assert.Equal("shell", (await caller.SayAsync("responses", ask)).Tool);
        Add("""{"type": "function_call", "call_id": "a", "name": "shell", "arguments": "{}"}""",
            """{"type": "function_call_output", "call_id": "a", "output": "x"}""");
        var patch = await caller.SayAsync("responses", ask);
        Assert.Equal(("apply_patch", "*** Begin"), (patch.Tool, patch.Arguments));
        Add("""{"type": "custom_tool_call", "call_id": "b", "name": "apply_patch", "input": ""}""",
            """{"type": "custom_tool_call_output", "call_id": "b", "output": "x"}""");
        var last = await caller.SayAsync("responses", ask);
        Assert.Equal("done", last.Text);
        Assert.Equal(Enumerable.Range(0, last.Events.Count), last.Events.Select(one => (int)one["sequence_number"]!));

        void Add(params string[] items)
        {
            foreach (var item in items) ask["input"]!.AsArray().Add(JsonNode.Parse(item));
        }
    }

    [Fact]
    public async Task What_a_coding_agent_says_beside_its_user_is_not_taken_for_the_users_word()
    {
        await using var caller = await Caller.StartAsync(new Script
        {
            Answers = [new Answer { When = "^make it$", Tools = [ToolCall.Of("Bash", "{}")], Text = "made: {tool}" }],
        });
        var ask = JsonNode.Parse("""
            {"model": "m", "max_tokens": 100, "messages": [
              {"role": "user", "content": [{"type": "text", "text": "<reminder>"}, {"type": "text", "text": "make it"}]},
              {"role": "system", "content": "today"}]}
            """)!.AsObject();
        Assert.Equal("Bash", (await caller.SayAsync("anthropic", ask)).Tool);
        ask["messages"]!.AsArray()
            .Add(JsonNode.Parse("""{"role": "assistant", "content": [{"type": "tool_use", "name": "Bash"}]}"""));
        ask["messages"]!.AsArray().Add(JsonNode.Parse("""
            {"role": "user", "content": [{"type": "tool_result", "content": "ok"}, {"type": "text", "text": "<reminder>"}]}
            """));
        Assert.Equal("made: ok", (await caller.SayAsync("anthropic", ask)).Text);
    }

    [Fact]
    public async Task Any_object_comes_where_json_is_asked_for_without_a_schema()
    {
        await using var caller = await Caller.StartAsync();
        var ask = Caller.Ask("chat", "x", false);
        ask["response_format"] = new JsonObject { ["type"] = "json_object" };
        Assert.NotEmpty((string)JsonNode.Parse((await caller.SayAsync("chat", ask)).Text)!["answer"]!);
    }

    [Fact]
    public async Task Models_are_listed_and_tokens_counted()
    {
        await using var caller = await Caller.StartAsync(new Script { Models = ["a", "b"] });
        var models = JsonNode.Parse(await caller.Http.GetStringAsync(caller.Server.Url + "/v1/models", Caller.Cancel))!;
        Assert.Equal(["a", "b"], models["data"]!.AsArray().Select(model => (string)model!["id"]!));
        using var content = new StringContent(Caller.Ask("anthropic", "12345678", false).ToJsonString());
        using var counted =
            await caller.Http.PostAsync(caller.Server.Url + "/v1/messages/count_tokens", content, Caller.Cancel);
        Assert.Equal("""{"input_tokens":2}""", await counted.Content.ReadAsStringAsync(Caller.Cancel));
    }

    private static async Task ExpectAsync(
        Caller caller, string dialect, JsonObject ask, string? key, HttpStatusCode status, string words)
    {
        using var response = await caller.PostAsync(dialect, ask, key);
        var body = await response.Content.ReadAsStringAsync(Caller.Cancel);
        Assert.Equal((status, true), (response.StatusCode, body.Contains(words, StringComparison.Ordinal)));
    }

    private static JsonObject WithResult(string dialect, JsonObject ask)
    {
        var list = dialect == "responses"
            ? new JsonArray(new JsonObject { ["role"] = "user", ["content"] = ask["input"]!.DeepClone() })
            : ask["messages"]!.DeepClone().AsArray();
        foreach (var item in dialect switch
        {
            "chat" =>
                new[] { """{"role": "assistant", "content": null, "tool_calls": []}""",
                    """{"role": "tool", "content": "rain"}""" },
            "responses" =>
                ["""{"type": "function_call", "name": "get"}""",
                    """{"type": "function_call_output", "output": "rain"}"""],
            _ => ["""{"role": "assistant", "content": [{"type": "tool_use", "name": "get"}]}""",
                """{"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "rain"}]}]}"""],
        })
        {
            list.Add(JsonNode.Parse(item));
        }

        var with = ask.DeepClone().AsObject();
        with[dialect == "responses" ? "input" : "messages"] = list;
        return with;
    }

    private static JsonObject WithSchema(string dialect, JsonObject ask)
    {
        var schema = JsonNode.Parse("""
            {"type": "object", "required": ["name", "count"], "properties": {"name": {"type": "string"}, "count": {"$ref": "#/$defs/number"}},
             "$defs": {"number": {"type": "integer", "minimum": 3}}}
            """);
        switch (dialect)
        {
            case "chat":
                ask["response_format"] =
                    new JsonObject
                    {
                        ["type"] = "json_schema",
                        ["json_schema"] = new JsonObject { ["schema"] = schema }
                    }; break;
            case "responses":
                ask["text"] =
                    new JsonObject
                    {
                        ["format"] =
                        new JsonObject { ["type"] = "json_schema", ["schema"] = schema }
                    }; break;
            default:
                ask["output_config"] =
                    new JsonObject
                    {
                        ["format"] =
                        new JsonObject { ["type"] = "json_schema", ["schema"] = schema }
                    }; break;
        }

        return ask;
    }
}
