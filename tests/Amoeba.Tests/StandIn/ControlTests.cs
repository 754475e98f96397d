using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Amoeba.StandIn;
using Amoeba.StandIn.Serving;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.StandIn;

public sealed class ControlTests
{
    private const string Script = """
        {
          // every kind of time
          "seed": 3, "latency": {"first": 0, "token": {"from": 0, "to": 0.0001}, "chunk": 4},
          "answers": [{"when": "^hello", "text": "hi {n}", "latency": {"first": {"median": 0.001, "sigma": 0.5}}}],
          "faults": [{"kind": "error_event", "when": "never"}],
          "limits": {"requests": 100, "window": "bucket", "retry_as": "ms"},
        }
        """;

    [Fact]
    public async Task A_script_is_set_from_outside_and_read_back()
    {
        await using var caller = await Caller.StartAsync();
        Assert.Equal(HttpStatusCode.NoContent, await SetAsync(caller, Script));
        Assert.Equal("hi 1", (await caller.SayAsync("anthropic", "hello there", stream: true)).Text);
        var back = await caller.Http.GetStringAsync(caller.Server.Url + "/_control/script", Caller.Cancel);
        Assert.Equal(HttpStatusCode.NoContent, await SetAsync(caller, back));
        Assert.Equal("hi 2", (await caller.SayAsync("chat", "hello there")).Text);
        Assert.Equal(WindowKind.Bucket, caller.Server.Script.Limits!.Window);
    }

    [Theory]
    [InlineData("""{"sed": 1}""", "sed")]
    [InlineData("""{"faults": [{"kind": "crash"}]}""", "faults")]
    [InlineData("""{"answers": [{"when": "("}]}""", "when")]
    [InlineData("""{"latency": {"first": "soon"}}""", "A time is")]
    [InlineData("nothing", "cannot be read")]
    public async Task A_wrong_script_is_refused_with_words_and_the_old_one_stays(string script, string words)
    {
        await using var caller = await Caller.StartAsync(new Script { Seed = 42 });
        using var content = new StringContent(script);
        using var response =
            await caller.Http.PostAsync(caller.Server.Url + "/_control/script", content, Caller.Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(words, await response.Content.ReadAsStringAsync(Caller.Cancel), StringComparison.Ordinal);
        Assert.Equal(42, caller.Server.Script.Seed);
    }

    [Fact]
    public async Task Requests_are_seen_without_their_keys()
    {
        await using var caller = await Caller.StartAsync(options: new ModelServerOptions { Keep = 2 });
        for (var i = 0; i < 3; i++)
            await caller.PostAsync("chat", Caller.Ask("chat", $"prompt {i}", false), "very-secret");
        var text = await caller.Http.GetStringAsync(caller.Server.Url + "/_control/seen", Caller.Cancel);
        Assert.DoesNotContain("very-secret", text, StringComparison.Ordinal);
        var seen = JsonNode.Parse(text)!.AsArray();
        Assert.Equal([2, 3], seen.Select(one => (int)one!["number"]!));
        Assert.Equal("(hidden)", (string?)seen[1]!["headers"]!["authorization"]);
        Assert.Contains("prompt 2", (string)seen[1]!["body"]!, StringComparison.Ordinal);
        Assert.Equal(2, caller.Server.Seen.Count);
    }

    [Fact]
    public async Task A_server_that_keeps_nothing_answers_and_counts_all_the_same()
    {
        await using var caller = await Caller.StartAsync(options: new ModelServerOptions { Keep = 0 });
        Assert.Equal("one", (await caller.SayAsync("chat", "one")).Text);
        Assert.Equal("two", (await caller.SayAsync("anthropic", "two", stream: true)).Text);
        Assert.Empty(caller.Server.Seen);
        await caller.Server.ArrivedAsync(2, Caller.Cancel);
    }

    [Fact(Timeout = 60_000)]
    public async Task Statistics_tell_the_most_at_the_same_time()
    {
        await using var caller = await Caller.StartAsync(new Script { Faults = [new Fault { Kind = FaultKind.Hang }] });
        var calls = Enumerable.Range(0, 8).Select(i => caller.SayAsync("chat", $"12345678{i}")).ToList();
        await caller.Server.ArrivedAsync(8, Caller.Cancel);
        while (calls.Exists(call => !call.IsCompleted))
        {
            using var none = await caller.Http.PostAsync(caller.Server.Url + "/_control/release", null, Caller.Cancel);
        }

        var stats =
            JsonNode.Parse(await caller.Http.GetStringAsync(caller.Server.Url + "/_control/stats", Caller.Cancel))!;
        Assert.Equal((8, 8), ((int)stats["requests"]!, (int)stats["peak"]!));
        Assert.Equal(8, (int)stats["statuses"]!["200"]!);
        Assert.Equal((24, 24, 48),
            ((int)stats["input_tokens"]!, (int)stats["output_tokens"]!, (int)stats["most_tokens_a_minute"]!));
    }

    [Fact]
    public async Task As_a_program_it_tells_its_url_and_ends_with_its_input()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["script.json"], Script, Caller.Cancel);
        using var lines = new FirstLine();
        using var errors = new StringWriter();
        await using var input = new System.IO.Pipes.AnonymousPipeServerStream();
        await using var ours = new System.IO.Pipes.AnonymousPipeClientStream(
            System.IO.Pipes.PipeDirection.In, input.ClientSafePipeHandle);
        var end = new TaskCompletionSource().Task;
        var run = CommandLine.RunAsync(
            ["--script", folder["script.json"], "--addresses", "2", "--until-eof"], ours, lines, errors, end);
        var url = (await lines.Read.WaitAsync(Caller.Cancel)).Replace("listening on ", "", StringComparison.Ordinal);
        using var http = new HttpClient();
        using var content = new StringContent(Caller.Ask("chat", "hello", false).ToJsonString());
        using var response = await http.PostAsync(url + "/v1/chat/completions", content, Caller.Cancel);
        Assert.Contains("hi 1", await response.Content.ReadAsStringAsync(Caller.Cancel), StringComparison.Ordinal);
        await input.DisposeAsync();
        Assert.Equal(0, await run);
    }

    [Theory]
    [InlineData(2, "--fast")]
    [InlineData(2, "--port")]
    [InlineData(2, "--port", "many")]
    [InlineData(2, "--script", "/no/such/file")]
    public async Task Called_wrongly_it_says_how_to_call_it(int code, params string[] args)
    {
        using var errors = new StringWriter();
        Assert.Equal(code, await CommandLine.RunAsync(args, Stream.Null, TextWriter.Null, errors, Task.CompletedTask));
        Assert.Contains("--until-eof", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_is_said_so()
    {
        await using var first = await ModelServer.StartAsync(cancel: Caller.Cancel);
        using var errors = new StringWriter();
        string[] args = ["--port", $"{first.Port}"];
        Assert.Equal(1, await CommandLine.RunAsync(args, Stream.Null, TextWriter.Null, errors, Task.CompletedTask));
        Assert.Contains("another port", errors.ToString(), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> SetAsync(Caller caller, string script)
    {
        using var content = new StringContent(script);
        using var response =
            await caller.Http.PostAsync(caller.Server.Url + "/_control/script", content, Caller.Cancel);
        return response.StatusCode;
    }

    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Read => _read.Task;

        public override Encoding Encoding => Encoding.UTF8;

        public override Task WriteLineAsync(string? value)
        {
            _read.TrySetResult(value!);
            return Task.CompletedTask;
        }
    }
}
