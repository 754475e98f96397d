using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Amoeba.StandIn;

namespace Amoeba.Tests.StandIn;

/// <summary>A server and a plain client of it.</summary>
internal sealed class Caller : IAsyncDisposable
{
    public static readonly string[] Dialects = ["chat", "responses", "anthropic"];

    private Caller(ModelServer server) => Server = server;

    public ModelServer Server { get; }

    public HttpClient Http { get; } =
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(20) };

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Caller> StartAsync(Script? script = null, ModelServerOptions? options = null) =>
        new(
            await ModelServer.StartAsync(
                (options ?? new ModelServerOptions()) with { Script = script ?? new Script() }, Cancel));

    public static JsonObject Ask(string dialect, string prompt, bool stream) => dialect switch
    {
        "chat" => new()
        {
            ["model"] = "m",
            ["stream"] = stream,
            ["stream_options"] = new JsonObject { ["include_usage"] = true },
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
        },
        "responses" => new() { ["model"] = "m", ["stream"] = stream, ["input"] = prompt },
        _ => new()
        {
            ["model"] = "m",
            ["stream"] = stream,
            ["max_tokens"] = 1000,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
        },
    };

    public static string PathOf(string dialect) => dialect switch
    {
        "chat" => "/v1/chat/completions",
        "responses" => "/v1/responses",
        _ => "/v1/messages?beta=true",
    };

    public async Task<HttpResponseMessage> PostAsync(string dialect, JsonObject ask, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Server.Url + PathOf(dialect))
        {
            Content = new StringContent(ask.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        if (key is not null && dialect == "anthropic") request.Headers.Add("x-api-key", key);
        else if (key is not null) request.Headers.Authorization = new("Bearer", key);
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    public Task<HttpResponseMessage> PostAsync(string dialect, string prompt, bool stream = false) =>
        PostAsync(dialect, Ask(dialect, prompt, stream));

    /// <summary>What was said, streamed or not, in no dialect.</summary>
    public async Task<Said> SayAsync(string dialect, JsonObject ask)
    {
        using var response = await PostAsync(dialect, ask);
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return Said.Read(dialect, body);
    }

    public Task<Said> SayAsync(string dialect, string prompt, bool stream = false) =>
        SayAsync(dialect, Ask(dialect, prompt, stream));

    public Task<HttpResponseMessage> GetAsync(string path) =>
        Http.GetAsync(Server.Url + path, HttpCompletionOption.ResponseHeadersRead, Cancel);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}
