using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amoeba.StandIn.Serving;
using Microsoft.AspNetCore.Builder;

namespace Amoeba.StandIn;

/// <summary>
/// Answers as servers of language models do, and as web servers do, without a model: fast, as scripted, and as broken
/// as asked for. Runs until it is disposed of.
/// </summary>
public sealed class ModelServer : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly CancellationTokenSource _stop;
    private readonly Site _site;

    private ModelServer(
        WebApplication host, CancellationTokenSource stop, Site site, int port, X509Certificate2? certificate) =>
        (_host, _stop, _site, Port, Certificate) = (host, stop, site, port, certificate);

    public int Port { get; }

    /// <summary>`http://127.0.0.1:PORT`, without a slash at its end. Models are under `/v1`.</summary>
    public string Url => UrlOf(1);

    /// <summary>Null without HTTPS.</summary>
    public X509Certificate2? Certificate { get; }

    public Script Script => _site.Session.Script;

    /// <summary>The last requests, oldest first; calls of control are not among them.</summary>
    public IReadOnlyList<SeenRequest> Seen => _site.Seen.Read();

    public Statistics Stats => _site.Session.Counter.Read();

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ModelServer> StartAsync(
        ModelServerOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new ModelServerOptions();
        var stop = new CancellationTokenSource();
        var site = new Site(options, stop.Token);
        var certificate = options.Https ? Certificates.SelfSigned(options.Time.GetUtcNow()) : null;
        var (host, port) = await Listening.StartAsync(options, certificate, site.AnswerAsync, cancel);
        var server = new ModelServer(host, stop, site, port, certificate);
        site.Control = new Control(server);
        return server;
    }

    /// <summary>The url at 127.0.0.<paramref name="address"/>, of as many as were asked for.</summary>
    public string UrlOf(int address) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{(Certificate is null ? "http" : "https")}://{Address(address)}:{Port}");

    /// <summary>
    /// Replaces the script; counts, limits and statistics begin anew. Calls under way end by the old one.
    /// </summary>
    public void Use(Script script) => _site.Use(script);

    /// <summary>How many requests have hung since the start.</summary>
    public int Hung => _site.Gate.Came;

    /// <summary>Lets all go on that hang now.</summary>
    public void Release() => _site.Gate.Release();

    /// <summary>Ends when so many requests have come since the start, whether answered or not.</summary>
    public Task ArrivedAsync(int count, CancellationToken cancel) => _site.Seen.ReachAsync(count, cancel);

    public void ForgetSeen() => _site.Seen.Clear();

    internal static IPAddress Address(int number) => new([127, 0, 0, (byte)number]);

    public async ValueTask DisposeAsync()
    {
        // What hangs would keep the host from stopping.
        await _stop.CancelAsync();
        await _host.DisposeAsync();
        Certificate?.Dispose();
        _stop.Dispose();
    }
}
