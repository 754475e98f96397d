using System.Text.Json;
using System.Text.Json.Nodes;
using Amoeba.StandIn.Answering;
using Amoeba.StandIn.Limiting;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Dialects;

/// <summary>How a vendor says things: requests, answers, streams, errors, rate-limit headers.</summary>
internal abstract class Dialect
{
    public abstract string? KeyOf(IHeaderDictionary headers);

    /// <exception cref="BadAskException">It is not a request of this dialect.</exception>
    public abstract Ask Read(JsonElement body);

    public abstract JsonObject Whole(Ask ask, Reply reply);

    public abstract IEnumerable<Frame> Stream(Ask ask, Reply reply);

    /// <summary>What a server sends into a stream that it cannot go on with.</summary>
    public abstract Frame ErrorFrame(Ask ask, Reply reply);

    /// <summary>An event no client knows, which it has to pass over.</summary>
    public abstract Frame UnknownFrame { get; }

    public abstract JsonObject Error(Trouble trouble, string message);

    /// <summary>The status of a server that is overloaded.</summary>
    public abstract int Overloaded { get; }

    public abstract void Tell(Levels levels, DateTimeOffset now, IHeaderDictionary headers);

    protected static JsonElement? Of(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

    protected static string? TextOf(JsonElement of, string name) =>
        Of(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    protected static int? NumberOf(JsonElement of, string name) =>
        Of(of, name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;

    protected static bool Flag(JsonElement of, string name) => Of(of, name) is { ValueKind: JsonValueKind.True };

    protected static IEnumerable<JsonElement> ListOf(JsonElement of, string name) =>
        Of(of, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    protected static string Need(JsonElement body, string name) =>
        TextOf(body, name) ?? throw new BadAskException($"Missing required parameter: '{name}'.");

    protected static string? Bearer(IHeaderDictionary headers) =>
        headers.Authorization.ToString() is var said && said.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? said[7..]
            : null;
}

/// <summary>What went wrong, in words of no vendor.</summary>
internal enum Trouble
{
    BadRequest,
    WrongKey,
    UnknownModel,
    ContextTooLong,
    RateLimit,
    Server,
    Overloaded,
}
