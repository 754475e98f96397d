using System.Globalization;
using System.Text.Json.Nodes;
using Amoeba.StandIn.Limiting;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Dialects;

/// <summary>What chat completions and responses have in common.</summary>
internal abstract class OpenAiBase : Dialect
{
    public override int Overloaded => 503;

    public override string? KeyOf(IHeaderDictionary headers) => Bearer(headers);

    public override JsonObject Error(Trouble trouble, string message)
    {
        var (type, code) = trouble switch
        {
            Trouble.WrongKey => ("invalid_request_error", "invalid_api_key"),
            Trouble.UnknownModel => ("invalid_request_error", "model_not_found"),
            Trouble.ContextTooLong => ("invalid_request_error", "context_length_exceeded"),
            Trouble.RateLimit => ("rate_limit_error", "rate_limit_exceeded"),
            Trouble.BadRequest => ("invalid_request_error", null),
            _ => ("server_error", (string?)null),
        };
        return new JsonObject
        {
            ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = null, ["code"] = code },
        };
    }

    public override void Tell(Levels levels, DateTimeOffset now, IHeaderDictionary headers)
    {
        Tell("requests", levels.Requests, headers);
        Tell("tokens", levels.Tokens, headers);
    }

    private static void Tell(string what, Level? level, IHeaderDictionary headers)
    {
        if (level is not { } told) return;
        headers[$"x-ratelimit-limit-{what}"] = told.Limit.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-remaining-{what}"] = told.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-reset-{what}"] = Span(told.Reset);
    }

    /// <summary>As the vendor writes it: `6m0s`, `1.5s`, `120ms`.</summary>
    private static string Span(TimeSpan time)
    {
        if (time < TimeSpan.FromSeconds(1))
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMilliseconds)}ms");
        var seconds = Math.Ceiling(time.TotalMilliseconds) / 1000;
        return seconds < 60
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds}s")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(seconds / 60)}m{Math.Round(seconds % 60, 3)}s");
    }
}
