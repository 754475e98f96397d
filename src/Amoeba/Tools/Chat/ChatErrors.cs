using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Models;

namespace Amoeba.Tools.Chat;

/// <summary>What went wrong with a call, as a person needs it: what, where, and what to do now.</summary>
internal static class ChatErrors
{
    private const int MostOfServer = 400;

    /// <summary>An answer that is no success.</summary>
    public static ChatFailureException Of(HttpStatusCode status, string body, QuotaNews news, ModelSpec model)
    {
        var (said, code) = Said(body);
        var number = (int)status;
        var at = Place(model);
        var (kind, words) = number switch
        {
            429 when IsSpent(code, said) => (
                ChatFailure.Hopeless,
                $"quota spent: {at} says that the account has no credit or quota left; "
                + "look at its billing, or use another model"),
            429 or 529 => (ChatFailure.Throttled, $"{number}: {at} is asked too much"),
            503 when news.RetryAfter is not null => (ChatFailure.Throttled, $"503: {at} is asked too much"),
            401 or 403 => (ChatFailure.Hopeless, $"{number} wrong key: {at} refused {KeyWords(model.Entry)}"),
            404 => (
                ChatFailure.Hopeless,
                $"404 not found: {at} has no model {model.Model}, or its address is wrong; "
                + $"'amoeba doctor' lists what it has, and models.{model.Entry.Name}.url is where it is looked for"),
            400 or 413 or 422 when IsTooLong(code, said) => (
                ChatFailure.Hopeless,
                $"{number} prompt too long: it does not fit into the context of {model.Id}; "
                + "give it less, or use a model with a longer context"),
            408 or 409 or 425 => (ChatFailure.Failed, $"{number}: {at} did not do it this time"),
            >= 500 => (ChatFailure.Failed, $"{number} server error: {at} failed"),
            >= 300 and < 400 => (
                ChatFailure.Hopeless,
                $"{number}: {at} points elsewhere, and a key is not sent on; correct models.{model.Entry.Name}.url"),
            _ => (ChatFailure.Hopeless, $"{number} refused: {at} does not take this call"),
        };
        return new ChatFailureException(kind, said.Length == 0 ? words : $"{words}. It says: {said}") { News = news };
    }

    /// <summary>An error that came within a stream, or with a status of success.</summary>
    public static ChatFailureException InStream(JsonElement error, bool begun, ModelSpec model)
    {
        var (said, code) = Said(error);
        var limited = code is "overloaded_error" or "rate_limit_error" or "rate_limit_exceeded" && !IsSpent(code, said);
        // What already went out cannot be taken back: then it is a failed attempt.
        return limited && !begun
            ? new(ChatFailure.Throttled, $"{code}: {Place(model)} is asked too much")
            : new(
                ChatFailure.Failed,
                $"broken answer: {Place(model)} gave up in its midst "
                    + $"({(code.Length > 0 ? code : "error")}). It says: {said}");
    }

    /// <summary>The server was not reached, or was lost.</summary>
    public static ChatFailureException Of(HttpRequestException problem, ModelSpec model, bool answered)
    {
        var at = Place(model);
        if (Inner<AuthenticationException>(problem) is { } certificate)
        {
            return CertificateWords.Of(certificate.Message) is { } words
                ? ChatFailureException.Before(
                    ChatFailure.Hopeless, $"certificate: that of {at} {words.What}; {words.Now}", problem)
                : ChatFailureException.Before(
                    ChatFailure.Failed,
                    $"certificate: no secure connection to {at} came about: {Line(certificate.Message)}",
                    problem);
        }

        if (Inner<SocketException>(problem) is { } socket && !answered)
        {
            return socket.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => ChatFailureException.Before(
                    ChatFailure.Failed,
                    $"server down: nothing listens at {at}; start the server, or correct models.{model.Entry.Name}.url",
                    problem),
                SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => ChatFailureException.Before(
                    ChatFailure.Failed,
                    $"no such host: {at} cannot be found; "
                        + $"correct models.{model.Entry.Name}.url, or look at the network",
                    problem),
                _ => new(ChatFailure.Failed, $"not reached: {at}: {Line(socket.Message)}", problem),
            };
        }

        return new(ChatFailure.Failed, answered
            ? $"broken answer: {at} ended the connection in its midst"
            : $"not reached: {at}: {Line(problem.Message)}", problem);
    }

    public static ChatFailureException Stalled(ModelSpec model, TimeSpan stall)
    {
        var seconds = stall.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        return new(ChatFailure.Failed, $"stall: {Place(model)} sent nothing for {seconds} s (limits.stall)");
    }

    public static ChatFailureException ConnectTimeout(ModelSpec model, TimeSpan after) => ChatFailureException.Before(
        ChatFailure.Failed,
        $"not reached: {Place(model)} did not take the connection within {after.TotalSeconds:0} s; "
        + "is it there, and is the network?");

    public static ChatFailureException Broken(ModelSpec model, string what, Exception? inner = null) =>
        new(ChatFailure.Failed, $"broken answer: {Place(model)} {what}", inner);

    /// <summary>Which server, for a person.</summary>
    public static string Place(ModelSpec model) => model.Entry.Url is { } url
        ? $"{model.Entry.Name} ({url.Scheme}://{url.Authority}{url.AbsolutePath.TrimEnd('/')})"
        : model.Entry.Name;

    public static string KeyWords(ModelEntry entry) => entry.Key switch
    {
        null => $"a call without a key; give models.{entry.Name}.key, such as env:NAME",
        { Place: KeyPlace.Literal } => $"the key that models.{entry.Name}.key holds; give the right one",
        var key => $"the key at {key} (models.{entry.Name}.key); put the right one there",
    };

    /// <summary>Text of others, in one line and not too long.</summary>
    public static string Line(string text)
    {
        var clean = string.Concat(text.Take(MostOfServer).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return text.Length > MostOfServer ? clean + "..." : clean;
    }

    private static bool IsSpent(string code, string said) =>
        code is "insufficient_quota" or "billing_hard_limit_reached"
        || said.Contains("exceeded your current quota", StringComparison.OrdinalIgnoreCase);

    private static bool IsTooLong(string code, string said) => code is "context_length_exceeded"
        || said.Contains("context length", StringComparison.OrdinalIgnoreCase)
        || said.Contains("context size", StringComparison.OrdinalIgnoreCase)
        || said.Contains("prompt is too long", StringComparison.OrdinalIgnoreCase);

    private static (string Said, string Code) Said(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return Said(json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("error", out var error) ? error : json.RootElement);
        }
        catch (JsonException)
        {
            return (body.TrimStart().StartsWith('<') ? "" : Line(body), "");
        }
    }

    private static (string Said, string Code) Said(JsonElement error)
    {
        if (error.ValueKind == JsonValueKind.String) return (Line(error.GetString()!), "");
        if (error.ValueKind != JsonValueKind.Object) return ("", "");
        string Of(string name) => error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()! : "";
        var code = Of("code") is { Length: > 0 } own ? own : Of("type");
        var said = Of("message") is { Length: > 0 } message ? message : Of("detail");
        return (Line(said), code);
    }

    private static T? Inner<T>(Exception problem) where T : Exception
    {
        for (var at = problem.InnerException; at is not null; at = at.InnerException)
        {
            if (at is T found) return found;
        }

        return null;
    }
}
