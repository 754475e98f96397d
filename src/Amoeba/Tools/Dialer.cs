using System.Net;
using System.Net.Sockets;

namespace Amoeba.Tools;

/// <summary>Makes connections to hosts whose names are looked up once for all.</summary>
internal sealed class Dialer(HostNames names)
{
    /// <summary>For one address where others are left to try.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <exception cref="SocketException">It has none, or nobody knows.</exception>
    public async ValueTask<IPAddress[]> AddressesAsync(string host, CancellationToken cancel) =>
        IPAddress.TryParse(host, out var address) ? [address] : await names.FindAsync(host, cancel);

    /// <summary>Tries the addresses one after the other.</summary>
    /// <exception cref="SocketException">None of them answers.</exception>
    public async ValueTask<Stream> ConnectAsync(
        string host, int port, IReadOnlyList<IPAddress> addresses, CancellationToken cancel)
    {
        for (var i = 0; ; i++)
        {
            var isLast = i == addresses.Count - 1;
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
}
