using System.Net;
using System.Text;
using System.Text.Json;
using Amoeba.StandIn;
using Eventually = Amoeba.Tests.Processes.Eventually;

namespace Amoeba.Tests.StandIn;

public sealed class FaultTests
{
    public static TheoryData<string> Dialects => [.. Caller.Dialects];

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task A_cut_stream_has_the_events_before_the_cut_and_ends_early(string dialect)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Cut, After = 2 });
        var (text, broken) = await ReadAsync(await caller.PostAsync(dialect, "twelve bytes and more", stream: true));
        var wrong = Assert.IsType<HttpIOException>(broken);
        Assert.Equal(HttpRequestError.ResponseEnded, wrong.HttpRequestError);
        Assert.Equal("twelve b", TextOf(dialect, text));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task A_reset_stream_fails_as_a_broken_connection_does(string dialect)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Reset, After = 3 });
        var (text, broken) = await ReadAsync(await caller.PostAsync(dialect, "twelve bytes and more", stream: true));
        var reset = Assert.IsType<System.Net.Sockets.SocketException>(broken!.GetBaseException());
        Assert.Equal(System.Net.Sockets.SocketError.ConnectionReset, reset.SocketErrorCode);
        Assert.Equal("twelve bytes", TextOf(dialect, text));
    }

    [Theory]
    [InlineData(FaultKind.Cut)]
    [InlineData(FaultKind.Reset)]
    public async Task A_whole_answer_breaks_in_the_middle(FaultKind kind)
    {
        await using var caller = await BreakAsync(new Fault { Kind = kind, After = 20 });
        var (text, broken) = await ReadAsync(await caller.PostAsync("chat", "x"));
        Assert.NotNull(broken);
        Assert.Equal("{\"id\":\"chatcmpl-1\",\"", text);
    }

    [Fact]
    public async Task A_dropped_connection_gives_no_answer_at_all()
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Drop });
        await Assert.ThrowsAsync<HttpRequestException>(() => caller.PostAsync("chat", "x"));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Half_an_answer_ends_as_if_it_were_whole(string dialect)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Half });
        var (streamed, none) = await ReadAsync(await caller.PostAsync(dialect, "sixteen bytes it", stream: true));
        Assert.Equal(("sixteen ", null), (TextOf(dialect, streamed), none));
        var (whole, _) = await ReadAsync(await caller.PostAsync(dialect, "x"));
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(whole));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task A_stream_can_lack_its_last_event_alone(string dialect)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.NoEnd });
        var (text, none) = await ReadAsync(await caller.PostAsync(dialect, "all of it", stream: true));
        Assert.Equal(("all of it", null), (TextOf(dialect, text), none));
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("message_stop", text, StringComparison.Ordinal);
        Assert.DoesNotContain("response.completed", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Malformed_json_comes_in_an_event_or_as_the_answer(string dialect)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Malformed, After = 1 });
        var (streamed, _) = await ReadAsync(await caller.PostAsync(dialect, "sixteen bytes it", stream: true));
        Assert.ThrowsAny<JsonException>(() => Said.EventsOf(streamed));
        var (whole, _) = await ReadAsync(await caller.PostAsync(dialect, "x"));
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(whole));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Garbage_comes_in_the_middle_and_the_rest_after_it(string dialect)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Garbage, After = 1 });
        var (streamed, _) = await ReadAsync(await caller.PostAsync(dialect, "all of it", stream: true));
        Assert.Contains('\uFFFD', streamed);
        Assert.Equal("all of it", TextOf(dialect, streamed));
        var (whole, _) = await ReadAsync(await caller.PostAsync(dialect, "x"));
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(whole));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Noise_is_unusual_and_right(string dialect)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Noise });
        var (text, _) = await ReadAsync(await caller.PostAsync(dialect, "all of it", stream: true));
        Assert.Contains(": a comment\n", text, StringComparison.Ordinal);
        Assert.Contains("data:{", text, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\n", text, StringComparison.Ordinal);
        Assert.Equal("all of it", TextOf(dialect, text));
        Assert.Equal("x", (await caller.SayAsync(dialect, "x")).Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_trickle_comes_whole(bool stream)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Trickle, Pause = 0 });
        Assert.Equal("slowly", (await caller.SayAsync("chat", "slowly", stream)).Text);
    }

    [Theory]
    [InlineData(FaultKind.Hang)]
    [InlineData(FaultKind.HangMid)]
    public async Task What_hangs_goes_on_when_it_is_released(FaultKind kind)
    {
        await using var caller = await BreakAsync(new Fault { Kind = kind, After = 1 });
        var answer = caller.SayAsync("anthropic", "hanging here", stream: true);
        await caller.Server.ArrivedAsync(1, Caller.Cancel);
        await Eventually.True(() =>
        {
            caller.Server.Release();
            return answer.IsCompleted;
        });

        Assert.Equal("hanging here", (await answer).Text);
    }

    [Fact]
    public async Task A_hanging_call_ends_with_its_client()
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Hang });
        using var patience = new CancellationTokenSource();
        using var content = new StringContent(Caller.Ask("chat", "x", false).ToJsonString());
        var call = caller.Http.PostAsync(caller.Server.Url + "/v1/chat/completions", content, patience.Token);
        await caller.Server.ArrivedAsync(1, Caller.Cancel);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData("chat", 503)]
    [InlineData("anthropic", 529)]
    [InlineData("responses", 500)]
    [InlineData("responses", 502)]
    public async Task Statuses_come_as_errors_of_the_vendor(string dialect, int status)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.Status, Status = status });
        using var response = await caller.PostAsync(dialect, "x", stream: true);
        Assert.Equal(status, (int)response.StatusCode);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Caller.Cancel));
        Assert.NotEmpty(body.RootElement.GetProperty("error").GetProperty("message").GetString()!);
    }

    [Theory]
    [InlineData("chat", "\"error\":{", 503)]
    [InlineData("responses", "response.failed", 503)]
    [InlineData("anthropic", "overloaded_error", 529)]
    public async Task An_error_can_come_in_the_stream(string dialect, string words, int status)
    {
        await using var caller = await BreakAsync(new Fault { Kind = FaultKind.ErrorEvent, After = 1 });
        var (text, none) = await ReadAsync(await caller.PostAsync(dialect, "twelve bytes", stream: true));
        Assert.Null(none);
        Assert.Contains(words, text[text.TrimEnd().LastIndexOf("\n\n", StringComparison.Ordinal)..],
            StringComparison.Ordinal);
        Assert.Equal(status, (int)(await caller.PostAsync(dialect, "x")).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_can_be_empty_or_said_to_be_html(bool stream)
    {
        await using var caller = await Caller.StartAsync(new Script
        {
            Faults = [new Fault { Kind = FaultKind.Empty, First = 1 }, new Fault { Kind = FaultKind.ContentType }],
        });
        Assert.Equal(("", null), await ReadAsync(await caller.PostAsync("chat", "x", stream)));
        using var html = await caller.PostAsync("chat", "x", stream);
        Assert.Equal("text/html", html.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Https_has_a_certificate_that_no_client_trusts()
    {
        await using var caller = await Caller.StartAsync(options: new ModelServerOptions { Https = true });
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => caller.PostAsync("chat", "x"));
        Assert.Equal(HttpRequestError.SecureConnectionError, refused.HttpRequestError);
        using var trusting = new HttpClient(new SocketsHttpHandler
        {
            SslOptions =
                { RemoteCertificateValidationCallback =
                    (_, shown, _, _) => shown!.GetCertHashString() == caller.Server.Certificate!.Thumbprint },
        });
        Assert.Equal("ok\n", await trusting.GetStringAsync(caller.Server.Url + "/", Caller.Cancel));
    }

    [Fact]
    public async Task Faults_strike_the_first_the_kth_and_those_that_fit()
    {
        await using var caller = await Caller.StartAsync(new Script
        {
            Faults =
            [
                new Fault { Kind = FaultKind.Status, Status = 500, When = "^odd$" },
                new Fault { Kind = FaultKind.Status, Status = 503, First = 2 },
                new Fault { Kind = FaultKind.Status, Every = 3, RetryAfter = 2 },
            ],
        });
        var statuses = new List<int>();
        for (var i = 0; i < 8; i++) statuses.Add((int)(await caller.PostAsync("chat", "x")).StatusCode);
        Assert.Equal([503, 503, 200, 200, 429, 200, 200, 429], statuses);
        Assert.Equal(HttpStatusCode.InternalServerError, (await caller.PostAsync("chat", "odd")).StatusCode);
        Assert.Equal(4, caller.Server.Stats.Statuses[200]);
    }

    [Fact]
    public async Task A_share_of_faults_follows_from_the_seed_whatever_the_order()
    {
        var script = new Script { Seed = 5, Faults = [new Fault { Kind = FaultKind.Status, Share = 0.3 }] };
        await using var caller = await Caller.StartAsync(script);
        var names = Enumerable.Range(0, 200).Select(i => $"item {i}").ToList();
        var first = await StruckAsync(names);
        caller.Server.Use(script);
        names.Reverse();
        Assert.Equal(first, await StruckAsync(names));
        Assert.InRange(first.Count, 40, 80);

        async Task<SortedSet<string>> StruckAsync(IEnumerable<string> prompts)
        {
            var statuses =
                await Task.WhenAll(
                    prompts.Select(async prompt => (prompt, (int)(await caller.PostAsync("chat", prompt)).StatusCode)));
            return [.. statuses.Where(one => one.Item2 == 429).Select(one => one.prompt)];
        }
    }

    private static Task<Caller> BreakAsync(Fault fault) => Caller.StartAsync(new Script { Faults = [fault] });

    /// <summary>What came, and what broke it.</summary>
    private static async Task<(string Text, Exception? Broken)> ReadAsync(HttpResponseMessage response)
    {
        using var owned = response;
        var bytes = new MemoryStream();
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(Caller.Cancel);
            await stream.CopyToAsync(bytes, Caller.Cancel);
            return (Encoding.UTF8.GetString(bytes.ToArray()), null);
        }
        catch (Exception broken) when (broken is IOException)
        {
            return (Encoding.UTF8.GetString(bytes.ToArray()), broken);
        }
    }

    private static string TextOf(string dialect, string body) =>
        string.Concat(Said.EventsOf(body).Select(one => dialect switch
    {
        "chat" => one["choices"]!.AsArray() is [{ } choice] ? (string?)choice["delta"]!["content"] : null,
        "responses" => (string?)one["delta"],
        _ => (string?)one["delta"]?["text"],
    }));
}
