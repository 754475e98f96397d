using System.Net;
using System.Text.Json;
using Amoeba.Models;

namespace Amoeba.Tools.Chat;

/// <summary>What a short look at a server found.</summary>
/// <param name="Reached">It answered as such a server does.</param>
/// <param name="Words">What it said, for a person.</param>
/// <param name="Fix">What to do; null where nothing is wrong.</param>
internal sealed record ModelProbe(bool Reached, string Words, string? Fix)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const int MostListed = 8;
    private const int MostRead = 1 << 20;

    /// <summary>Asks for the list of models, which costs nothing; never sends more than that.</summary>
    public static async Task<ModelProbe> LookAsync(ChatHttp http, ModelEntry entry, ModelKeys keys, TimeProvider time)
    {
        var url = new Uri(entry.Url!.AbsoluteUri.TrimEnd('/') + "/models");
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            var header = entry.Kind == ModelKind.Anthropic ? AnthropicClient.KeyHeader : OpenAiClient.KeyHeader;
            ChatConnection.Sign(request, entry, keys, header);
            using var response = await http.SendAsync(request, patience.Token);
            return response.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                    new(false, "it refused the key", $"put the right key at {KeyPlaceOf(entry)}"),
                HttpStatusCode.NotFound => new(true, "reached; it does not list its models", null),
                { } status when !response.IsSuccessStatusCode =>
                    new(false, $"it answered {(int)status}", "look at the server's own log"),
                _ => new(true, $"reached{Listed(await ReadAsync(response, patience.Token))}", null),
            };
        }
        catch (OperationCanceledException)
        {
            return new(false, $"no answer within {Patience.TotalSeconds:0} s",
                $"is {url.Authority} up, and the network?");
        }
        catch (ChatFailureException missing)
        {
            return new(false, missing.Message, $"put the key where models.{entry.Name} says it is");
        }
        catch (Exception problem) when (problem is HttpRequestException or IOException)
        {
            var root = problem.GetBaseException().Message;
            return new(
                false, $"not reached: {ChatErrors.Line(root)}",
                $"start the server, or correct models.{entry.Name}.url");
        }
    }

    private static string KeyPlaceOf(ModelEntry entry) =>
        entry.Key is { Place: not KeyPlace.Literal } key ? key.ToString() : $"models.{entry.Name}.key";

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var bytes = new byte[MostRead];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        return bytes[..length];
    }

    private static string Listed(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("data", out var data)
                || data.ValueKind != JsonValueKind.Array)
            {
                return "";
            }

            var names = data.EnumerateArray()
                .Where(model => model.ValueKind == JsonValueKind.Object && model.TryGetProperty("id", out _))
                .Select(model => model.GetProperty("id").ToString()).ToList();
            var more = names.Count > MostListed ? $" and {names.Count - MostListed} more" : "";
            return names.Count == 0
                ? ", it has no model"
                : $", it has {ChatErrors.Line(string.Join(", ", names.Take(MostListed)))}{more}";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
