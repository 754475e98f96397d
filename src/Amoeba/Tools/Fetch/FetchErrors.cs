using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Amoeba.Plans;

namespace Amoeba.Tools.Fetch;

/// <summary>What is said of a call that went wrong: what, where, what to do.</summary>
internal static class FetchErrors
{
    public static FetchException Of(Uri url, Exception problem)
    {
        for (var inner = problem; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case FetchException known: return known;
                case AuthenticationException refused: return Certificate(url, refused);
                case SocketException socket: return Socket(url, socket);
                case TimeoutException:
                    return FetchException.Failed(
                        $"timeout: {Place(url)} could not be connected to in time; it or the network in "
                            + "between is down", problem);
            }
        }

        return problem is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }
            ? FetchException.Failed(
                $"proxy: the proxy of the environment let no connection to {Place(url)} through: {problem.Message}",
                problem)
            : Broken(url, problem);
    }

    public static FetchException Broken(Uri url, Exception problem) => FetchException.Failed(
        problem is InvalidDataException
            ? $"answer damaged: {Shown(url)} sent compressed data that cannot be read: {problem.Message}"
            : $"connection lost: {Place(url)} broke off before its answer was whole: {Innermost(problem).Message}",
        problem);

    public static FetchException Idle(Uri url, TimeSpan longest) => FetchException.Failed(string.Create(
        CultureInfo.InvariantCulture,
        $"stall: {Place(url)} sent nothing for {longest.TotalSeconds:0.##} s (limits.stall)"));

    public static FetchException Status(Uri url, HttpStatusCode status, string? said)
    {
        var text = $"{(int)status}: {Shown(url)} {Words(status)}{(said is null ? "" : $"; it said: {said}")}";
        var mayPass = (int)status >= 500 || status is HttpStatusCode.RequestTimeout or (HttpStatusCode)425;
        return mayPass ? FetchException.Failed(text) : FetchException.Hopeless(text);
    }

    public static string Shown(Uri url) => WebAddress.Shown(url.AbsoluteUri);

    public static string Place(Uri url) => url.IsDefaultPort ? url.IdnHost : $"{url.IdnHost}:{url.Port}";

    private static string Words(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => "did not understand the request; look at the address and the headers",
        HttpStatusCode.Unauthorized =>
            "wants to know who asks; give headers: { Authorization: \"Bearer env:NAME\" } (docs/fetch.md, Keys), "
                + "or look whether the token is still good",
        HttpStatusCode.PaymentRequired => "wants to be paid",
        HttpStatusCode.Forbidden =>
            "does not allow this; the account may lack the right, or the server refuses programs "
                + "(headers: { User-Agent: ... })",
        HttpStatusCode.NotFound => "is not there; look for a mistake in the address",
        HttpStatusCode.MethodNotAllowed => "cannot be fetched with GET",
        HttpStatusCode.NotAcceptable => "has nothing in the form that the Accept header asks for",
        HttpStatusCode.ProxyAuthenticationRequired =>
            "is behind a proxy that wants a name and password; put them into the proxy's address",
        HttpStatusCode.Gone => "was removed for good; take it out of the items",
        HttpStatusCode.UnavailableForLegalReasons => "is withheld for legal reasons",
        HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout =>
            "could not be reached by the server in front of it",
        HttpStatusCode.ServiceUnavailable => "is out of service for now; try again later",
        >= HttpStatusCode.InternalServerError => "failed inside the server; try again later, or tell its owner",
        _ => "was refused",
    };

    private static FetchException Certificate(Uri url, AuthenticationException refused) =>
        CertificateWords.Of(refused.Message) is { } words
            ? FetchException.Hopeless($"certificate: that of {Place(url)} {words.What}; {words.Now}")
            : FetchException.Failed(
                $"certificate: no secure connection to {Place(url)} came about: {Innermost(refused).Message}", refused);

    private static FetchException Socket(Uri url, SocketException problem) => problem.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData => FetchException.Failed(
            $"host not found: {url.IdnHost} has no address; look for a mistake in the name, "
                + "and whether the network is there", problem),
        SocketError.TryAgain => FetchException.Failed(
            $"host not found: the name of {url.IdnHost} could not be looked up; the name server does not answer",
            problem),
        SocketError.ConnectionRefused => FetchException.Failed(
            $"connection refused: nothing listens at {Place(url)}; is the server running, and is the port right?",
            problem),
        SocketError.ConnectionReset or SocketError.Shutdown => FetchException.Failed(
            $"connection lost: {Place(url)} broke off", problem),
        SocketError.TimedOut =>
            FetchException.Failed($"timeout: {Place(url)} could not be connected to in time", problem),
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => FetchException.Failed(
            $"unreachable: there is no way from here to {Place(url)}; look at the network", problem),
        _ => FetchException.Failed($"connection: {Place(url)}: {problem.Message}", problem),
    };

    private static Exception Innermost(Exception problem)
    {
        while (problem.InnerException is { } inner) problem = inner;
        return problem;
    }
}
