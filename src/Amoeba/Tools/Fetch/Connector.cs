using System.Net;

namespace Amoeba.Tools.Fetch;

/// <summary>
/// Makes connections. The rules are held against the very address that is connected to, after the name was looked up,
/// so that a name that answers differently the second time gains nothing.
/// </summary>
internal sealed class Connector(AddressRules rules, LocalAwareProxy proxy, Dialer dialer)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await dialer.AddressesAsync(host, cancel);
        if (!proxy.IsProxy(context.InitialRequestMessage.RequestUri!, context.DnsEndPoint))
            addresses = Allowed(host, addresses);
        return await dialer.ConnectAsync(host, port, addresses, cancel);
    }

    private IPAddress[] Allowed(string host, IPAddress[] addresses)
    {
        string? refusal = null;
        var allowed = addresses.Where(address =>
        {
            var why = rules.Refusal(host, address);
            refusal ??= why;
            return why is null;
        }).ToArray();
        return allowed.Length > 0 ? allowed : throw FetchException.Hopeless(refusal!);
    }
}
