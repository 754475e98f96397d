using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Scheduling;

namespace Amoeba.Hosting.Running.Quotas;

/// <summary>Quotas in words, for the person who waits.</summary>
internal static class QuotaWords
{
    public static string Of(QuotaWait wait)
    {
        var what = wait.Why switch
        {
            QuotaReason.Blocked => "its server asked to wait",
            QuotaReason.Recovering => "its server refused calls a moment ago; few are sent at first",
            QuotaReason.Concurrency => Figure(wait, "call at once", "calls at once"),
            QuotaReason.Tokens => Figure(wait, "token a minute", "tokens a minute"),
            _ => Figure(wait, "request a minute", "requests a minute"),
        };
        return $"quota {wait.Key}: {what}";
    }

    public static QuotaTooSmallException TooLarge(QuotaAsk ask, long most) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{ask.Key} may be asked for {most:N0} tokens a minute, and this call may take "
            + $"{ask.Tokens:N0}, so that it can never "
        + $"be sent; make the prompt or max_tokens smaller, or raise the quota's tokens if the server allows more"));

    /// <summary>
    /// What an answer's head said of resets, as of now. When it came within the call is not known; from the call's
    /// beginning is the shortest it can mean, and too little harms less than keeping everyone back for nothing.
    /// </summary>
    public static QuotaNews? Since(QuotaNews? news, TimeSpan passed) => news is null ? null : news with
    {
        Requests = Since(news.Requests, passed),
        Tokens = Since(news.Tokens, passed),
    };

    private static QuotaFigures? Since(QuotaFigures? figures, TimeSpan passed) =>
        figures is { Reset: { } reset } ? figures with { Reset = reset > passed ? reset - passed : null } : figures;

    private static string Figure(QuotaWait wait, string one, string more) => string.Create(
        CultureInfo.InvariantCulture,
        $"{wait.Limit:N0} "
            + $"{(wait.Limit == 1 ? one : more)}{(wait.Felt ? ", as far as its server was found to bear" : "")}");
}
