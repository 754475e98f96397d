using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

/// <summary>The paths under /_control, for those who are in another process.</summary>
internal sealed class Control(ModelServer server)
{
    public const string Path = "/_control/";
    private const string Help = "There is POST script, GET script, GET seen, DELETE seen, GET stats, POST release.\n";

    public async Task AnswerAsync(HttpContext http)
    {
        var cancel = http.RequestAborted;
        switch (http.Request.Method, http.Request.Path.Value?[Path.Length..])
        {
            case ("POST" or "PUT", "script"):
                using (var reader = new StreamReader(http.Request.Body, Encoding.UTF8))
                {
                    try
                    {
                        server.Use(ScriptFile.Parse(await reader.ReadToEndAsync(cancel)));
                    }
                    catch (FormatException wrong)
                    {
                        http.Response.StatusCode = 400;
                        await http.Response.WriteAsync(wrong.Message, cancel);
                        return;
                    }
                }

                http.Response.StatusCode = 204;
                break;
            case ("GET", "script"): await WriteAsync(http, server.Script); break;
            case ("GET", "seen"):
                var bounded = int.TryParse(http.Request.Query["last"], CultureInfo.InvariantCulture, out var last);
                await WriteAsync(http, bounded ? server.Seen.TakeLast(last) : server.Seen);
                break;
            case ("DELETE", "seen"):
                server.ForgetSeen();
                http.Response.StatusCode = 204;
                break;
            case ("GET", "stats"): await WriteAsync(http, server.Stats); break;
            case ("POST", "release"):
                server.Release();
                http.Response.StatusCode = 204;
                break;
            default:
                http.Response.StatusCode = 404;
                await http.Response.WriteAsync(Help, cancel);
                break;
        }
    }

    private static async Task WriteAsync<T>(HttpContext http, T value)
    {
        http.Response.ContentType = "application/json";
        var json = JsonSerializer.SerializeToUtf8Bytes(value, ScriptFile.Json);
        await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }
}
