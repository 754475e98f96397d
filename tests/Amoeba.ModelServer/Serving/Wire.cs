using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Amoeba.StandIn.Serving;

/// <summary>What is done to a connection that an ordinary server does not do on purpose.</summary>
internal sealed class Wire(HttpContext http, TimeProvider time, Gate gate, CancellationToken cancel)
{
    // A client that goes on after our FIN is left alone for so long.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public CancellationToken Cancel => cancel;

    /// <summary>All that was written is with the socket when this ends: the transport buffers nothing.</summary>
    public async Task FlushAsync() => await http.Response.BodyWriter.FlushAsync(cancel);

    public void Write(ReadOnlySpan<byte> data)
    {
        var writer = http.Response.BodyWriter;
        data.CopyTo(writer.GetSpan(data.Length));
        writer.Advance(data.Length);
    }

    public async Task TrickleAsync(ReadOnlyMemory<byte> data, double pause)
    {
        for (var i = 0; i < data.Length; i++)
        {
            Write(data.Span.Slice(i, 1));
            await FlushAsync();
            if (pause > 0) await Task.Delay(TimeSpan.FromSeconds(pause), time, cancel);
        }
    }

    public Task HangAsync() => gate.WaitAsync(cancel);

    /// <summary>Closes as a process that ends does: what was sent arrives, then the end.</summary>
    public async Task CutAsync()
    {
        http.Features.Get<IConnectionSocketFeature>()?.Socket.Shutdown(SocketShutdown.Send);
        await Task.Delay(Grace, time, cancel).ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        http.Abort();
    }

    /// <summary>Kestrel aborts by closing the socket without lingering, which sends RST.</summary>
    public void Reset() => http.Abort();
}
