using System.Net;

namespace Amoeba.Tools.Chat;

/// <summary>The one pool of connections that all calls of a parent share. Made with the first call.</summary>
internal sealed class ChatHttp : IDisposable
{
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly Lazy<HttpMessageInvoker> _invoker = new(Open);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) =>
        _invoker.Value.SendAsync(request, cancel);

    public void Dispose()
    {
        if (_invoker.IsValueCreated) _invoker.Value.Dispose();
    }

    private static HttpMessageInvoker Open() => new(
        new SocketsHttpHandler
        {
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
