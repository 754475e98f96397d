using System.Text.Json;
using System.Text.Json.Nodes;
using Amoeba.StandIn.Dialects;
using Amoeba.StandIn.Web;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

/// <summary>Sees to every request: counts it, keeps it, and hands it to whom its path names.</summary>
internal sealed class Site(ModelServerOptions options, CancellationToken stop)
{
    private static readonly Chat Chat = new();
    private static readonly Responses Responses = new();
    private static readonly Anthropic Anthropic = new();

    private volatile Session _session = new(options.Script, options.Time);

    public Session Session => _session;

    public SeenRequests Seen { get; } = new(options.Keep);

    public Gate Gate { get; } = new();

    public Control? Control { get; set; }

    public void Use(Script script) => _session = new Session(script, options.Time);

    public async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Path.Value!.StartsWith(Control.Path, StringComparison.Ordinal))
        {
            await Control!.AnswerAsync(http);
            return;
        }

        var session = _session;
        var host = http.Connection.LocalIpAddress?.ToString() ?? "";
        var call = session.Counter.Begin(host);
        var status = 0;
        try
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stop);
            await AnswerAsync(http, session, call, host, cancel.Token);
            status = http.Response.StatusCode;
        }
        catch (Exception gone)
            when (gone is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
        {
            // The client went away, or the server is stopping.
            status = http.Response.HasStarted ? http.Response.StatusCode : 0;
            http.Abort();
        }
        finally
        {
            call.End(status);
        }
    }

    private async Task AnswerAsync(
        HttpContext http, Session session, Counter.Call call, string host, CancellationToken cancel)
    {
        var body = await ReadAsync(http.Request, cancel);
        var number = Seen.Add(session.Now, host, http.Request, body);
        var wire = new Wire(http, options.Time, Gate, cancel);
        var path = http.Request.Path.Value!;
        if (HttpMethods.IsPost(http.Request.Method) && DialectOf(path) is { } dialect)
            await new ModelCall(http, dialect, session, call, wire, options.Time).AnswerAsync(body, number);
        else if (HttpMethods.IsPost(http.Request.Method)
            && path.EndsWith("/messages/count_tokens", StringComparison.Ordinal))
            await CountAsync(http, wire, body);
        else if (path.EndsWith("/models", StringComparison.Ordinal))
            await ModelsAsync(http, session, wire);
        else
            await new Page(http, session, wire, options.Time).AnswerAsync();
    }

    /// <summary>By the end of the path, so that a base url may have anything before it.</summary>
    private static Dialect? DialectOf(string path)
    {
        if (path.EndsWith("/chat/completions", StringComparison.Ordinal)) return Chat;
        if (path.EndsWith("/responses", StringComparison.Ordinal)) return Responses;
        return path.EndsWith("/messages", StringComparison.Ordinal) ? Anthropic : null;
    }

    private static async Task CountAsync(HttpContext http, Wire wire, byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var counted = new JsonObject { ["input_tokens"] = Anthropic.Read(document.RootElement).InputTokens };
        await Whole.SendAsync(http.Response, wire,
            JsonSerializer.SerializeToUtf8Bytes(counted), "application/json", null);
    }

    private static async Task ModelsAsync(HttpContext http, Session session, Wire wire)
    {
        Dialect dialect = http.Request.Headers.ContainsKey("anthropic-version") ? Anthropic : Chat;
        JsonObject said;
        if (Keys.Fit(session.Script, dialect.KeyOf(http.Request.Headers)))
        {
            var models = (session.Script.Models ?? ["stand-in"]).Select(name => (JsonNode)new JsonObject
            {
                ["id"] = name,
                ["object"] = "model",
                ["type"] = "model",
                ["display_name"] = name,
                ["created"] = 1_700_000_000,
                ["created_at"] = "2023-11-14T22:13:20Z",
                ["owned_by"] = "stand-in",
            });
            said = new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. models]), ["has_more"] = false };
        }
        else
        {
            http.Response.StatusCode = 401;
            said = dialect.Error(Trouble.WrongKey, "Incorrect API key provided.");
        }

        await Whole.SendAsync(http.Response, wire, JsonSerializer.SerializeToUtf8Bytes(said), "application/json", null);
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var chunked = request.Headers.ContainsKey("transfer-encoding");
        if (request.ContentLength is 0 || (request.ContentLength is null && !chunked)) return [];
        using var body = new MemoryStream((int)(request.ContentLength ?? 0));
        await request.Body.CopyToAsync(body, cancel);
        return body.Length == body.Capacity ? body.GetBuffer() : body.ToArray();
    }
}
