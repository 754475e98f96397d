using System.Net;
using System.Net.Sockets;

namespace Amoeba.Tools.Fetch;

/// <summary>
/// Makes connections. The rules are held against the very address that is connected to, after the name was looked up,
/// so that a name that answers differently the second time gains nothing.
/// </summary>
internal sealed class Connector(AddressRules rules, LocalAwareProxy proxy, HostNames names)
{
    /// <summary>For one address where others are left to try.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await AddressesAsync(host, cancel);
        if (!proxy.IsProxy(context.InitialRequestMessage.RequestUri!, context.DnsEndPoint))
            addresses = Allowed(host, addresses);
        for (var i = 0; ; i++)
        {
            var isLast = i == addresses.Length - 1;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            if (!isLast) patience.CancelAfter(Patience);
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), patience.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception problem) when (problem is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                if (isLast) names.Forget(host);
                if (isLast || cancel.IsCancellationRequested) throw;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
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

    private async ValueTask<IPAddress[]> AddressesAsync(string host, CancellationToken cancel) =>
        IPAddress.TryParse(host, out var address) ? [address] : await names.FindAsync(host, cancel);
}
