using System.Net;

namespace Amoeba.Tools.Chat;

/// <summary>The one pool of connections that all calls of a parent share. Made with the first call.</summary>
internal sealed class ChatHttp(TimeProvider time) : IDisposable
{
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly Lazy<(HttpMessageInvoker Invoker, HostNames Names)> _pool = new(() => Open(time));

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) =>
        _pool.Value.Invoker.SendAsync(request, cancel);

    public void Dispose()
    {
        if (!_pool.IsValueCreated) return;
        _pool.Value.Invoker.Dispose();
        _pool.Value.Names.Dispose();
    }

    private static (HttpMessageInvoker, HostNames) Open(TimeProvider time)
    {
        // The runtime looks one name up for one connection after the other: hundreds of calls to a host that does not
        // exist would take minutes to learn it.
        var names = new HostNames(ConnectTimeout, time);
        return (Open(new Dialer(names)), names);
    }

    private static HttpMessageInvoker Open(Dialer dialer) => new(
        new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
            {
                var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
                return await dialer.ConnectAsync(host, port, await dialer.AddressesAsync(host, cancel), cancel);
            },
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            // Names may come to mean another machine while a parent lives.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            EnableMultipleHttp2Connections = true,
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxResponseHeadersLength = 64,
            Proxy = new OutsideProxy(),
        },
        disposeHandler: true);

    /// <summary>The environment's proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY) for all but this machine.</summary>
    private sealed class OutsideProxy : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => HttpClient.DefaultProxy.Credentials;
            set => HttpClient.DefaultProxy.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) =>
            destination.IsLoopback ? null : HttpClient.DefaultProxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
    }
}
