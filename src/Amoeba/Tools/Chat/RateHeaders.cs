using System.Globalization;
using System.Net.Http.Headers;
using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Chat;

/// <summary>
/// What servers say of their limits, in the headers that the vendors have: OpenAI's `x-ratelimit-*`, Anthropic's
/// `anthropic-ratelimit-*`.
/// </summary>
internal static class RateHeaders
{
    public static QuotaNews Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var requests = Family(headers, "requests", now);
        var tokens = Family(headers, "tokens", now);
        var after = RetryAfter(headers, now);
        return requests is null && tokens is null && after is null
            ? QuotaNews.None
            : new QuotaNews(after, requests, tokens);
    }

    /// <summary>Seconds, milliseconds in a header of their own, or a date.</summary>
    private static TimeSpan? RetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (Text(headers, "retry-after-ms") is { } text && Number(text) is { } milliseconds)
            return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, 1e9));
        if (Text(headers, "retry-after") is not { } after) return null;
        if (Number(after) is { } seconds) return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 1e6));
        return At(after, now);
    }

    private static QuotaFigures? Family(HttpResponseHeaders headers, string what, DateTimeOffset now)
    {
        string? Of(string figure) =>
            Text(headers, $"x-ratelimit-{figure}-{what}") ?? Text(headers, $"anthropic-ratelimit-{what}-{figure}");
        var (limit, remaining, reset) = (Of("limit"), Of("remaining"), Of("reset"));
        return limit is null && remaining is null && reset is null
            ? null
            : new QuotaFigures(Whole(limit), Whole(remaining), reset is null ? null : Reset(reset, now));
    }

    /// <summary>Such as `1s`, `6m0s`, `120ms`, a number of seconds, or a point in time.</summary>
    private static TimeSpan? Reset(string text, DateTimeOffset now)
    {
        if (Number(text) is { } seconds) return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 1e6));
        return Plans.PlanUnits.TryDuration(text, out var time) ? time : At(text, now);
    }

    private static TimeSpan? At(string text, DateTimeOffset now) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? TimeSpan.FromSeconds(Math.Clamp((at - now).TotalSeconds, 0, 1e6))
            : null;

    private static string? Text(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault()?.Trim() : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static long? Whole(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
