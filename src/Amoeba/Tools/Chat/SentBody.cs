using System.Net;
using System.Net.Http.Headers;

namespace Amoeba.Tools.Chat;

/// <summary>
/// JSON that goes out in blocks, each of which shows that the call is not stalled: images over a slow line take time.
/// </summary>
internal sealed class SentBody : HttpContent
{
    private const int Block = 64 * 1024;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly IdleClock _idle;

    public SentBody(ReadOnlyMemory<byte> body, IdleClock idle)
    {
        (_body, _idle) = (body, idle);
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < _body.Length; sent += Block)
        {
            _idle.Touch();
            await stream.WriteAsync(_body.Slice(sent, Math.Min(Block, _body.Length - sent)), cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
