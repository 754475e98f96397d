using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Amoeba.Tools.Fetch;

/// <summary>
/// The connections of one parent: one pool for plans that allow private addresses, one for the others, because a
/// connection that was made for the first must not serve the second. HTTP/1.1 alone: a call is a connection, so that
/// what is said of calls to a host holds for its connections, and an open call costs a few kilobytes.
/// </summary>
internal sealed class FetchClient : IDisposable
{
    private readonly AddressRules _strictRules;
    private readonly AddressRules _openRules;
    private readonly LocalAwareProxy _proxy;
    private readonly HostNames _names;
    private readonly Lazy<HttpMessageInvoker> _strict;
    private readonly Lazy<HttpMessageInvoker> _open;

    /// <param name="options">Limits.</param>
    /// <param name="names">Which addresses hosts have; disposed with the client.</param>
    /// <param name="proxy">Null is the environment's.</param>
    public FetchClient(FetchOptions options, HostNames names, IWebProxy? proxy = null)
    {
        (_names, _proxy) = (names, new LocalAwareProxy(proxy ?? HttpClient.DefaultProxy));
        (_strictRules, _openRules) =
            (new AddressRules(options, byPlan: false), new AddressRules(options, byPlan: true));
        _strict = new(() => Make(options, _strictRules));
        _open = new(() => Make(options, _openRules));
    }

    public HttpMessageInvoker For(bool planAllowsPrivate) => (planAllowsPrivate ? _open : _strict).Value;

    /// <summary>
    /// Looks at an address that is written out. Every connection is looked at when it is made; but behind a proxy that
    /// is the proxy's, and calls to many hosts share it.
    /// </summary>
    /// <exception cref="FetchException">It may not be reached.</exception>
    public void Check(Uri url, bool planAllowsPrivate)
    {
        if (!IPAddress.TryParse(url.IdnHost, out var address)) return;
        var rules = planAllowsPrivate ? _openRules : _strictRules;
        if (rules.Refusal(url.IdnHost, address) is { } refusal) throw FetchException.Hopeless(refusal);
    }

    /// <summary>
    /// Looks the host up, where that is for us to do: behind a proxy it is the proxy's. Done before a call takes its
    /// turn at the host, because one that cannot leave this machine need not be spaced out.
    /// </summary>
    /// <exception cref="FetchException">It has no address.</exception>
    public async ValueTask FindAsync(Uri url, CancellationToken cancel)
    {
        if (IPAddress.TryParse(url.IdnHost, out _) || _proxy.GetProxy(url) is not null) return;
        try
        {
            await _names.FindAsync(url.IdnHost, cancel);
        }
        catch (SocketException problem)
        {
            throw FetchErrors.Of(url, problem);
        }
    }

    public void Dispose()
    {
        _names.Dispose();
        foreach (var pool in (Lazy<HttpMessageInvoker>[])[_strict, _open])
        {
            if (pool.IsValueCreated) pool.Value.Dispose();
        }
    }

    private HttpMessageInvoker Make(FetchOptions options, AddressRules rules)
    {
        var connector = new Connector(rules, _proxy, new Dialer(_names));
        return new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = connector.ConnectAsync,
            ConnectTimeout = options.ConnectTimeout,
            UseProxy = true,
            Proxy = _proxy,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            MaxResponseHeadersLength = 32, // KiB
            MaxResponseDrainSize = 64 * 1024,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a name that moved is seen
            // Nobody else's business which trace a call belongs to.
            ActivityHeadersPropagator = null,
            ResponseHeaderEncodingSelector = (name, _) => name == "Location" ? Encoding.UTF8 : null,
        });
    }
}
