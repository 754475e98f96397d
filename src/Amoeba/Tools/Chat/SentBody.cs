using System.Net;

namespace Amoeba.Tools.Chat;

/// <summary>A body that goes out in blocks, each of which shows that the call is not stalled: images over a slow line take time.</summary>
internal sealed class SentBody(ReadOnlyMemory<byte> body, IdleClock idle) : HttpContent
{
    private const int Block = 64 * 1024;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < body.Length; sent += Block)
        {
            idle.Touch();
            await stream.WriteAsync(body.Slice(sent, Math.Min(Block, body.Length - sent)), cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
