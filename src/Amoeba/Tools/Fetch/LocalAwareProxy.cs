using System.Net;

namespace Amoeba.Tools.Fetch;

/// <summary>The proxy of the environment, except for servers on this machine.</summary>
internal sealed class LocalAwareProxy(IWebProxy inner) : IWebProxy
{
    public ICredentials? Credentials
    {
        get => inner.Credentials;
        set => inner.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : inner.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || IsLoopbackAddress(host) || inner.IsBypassed(host);

    /// <summary>A connection to this place is one to the proxy, on the way to the destination.</summary>
    public bool IsProxy(Uri destination, DnsEndPoint place) =>
        GetProxy(destination) is { } proxy && proxy.IdnHost == place.Host && proxy.Port == place.Port
        && (destination.IdnHost != place.Host || destination.Port != place.Port);

    private static bool IsLoopbackAddress(Uri host) =>
        IPAddress.TryParse(host.IdnHost, out var address) && AddressKinds.Of(address) == AddressKind.Loopback;
}
