using System.Buffers;
using System.Text;
using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Fetch;

/// <summary>Passes a body on to the attempt's output.</summary>
internal static class BodyWriter
{
    private const int Chunk = 16 * 1024;

    /// <summary>Bytes as they are; text in another declared charset becomes UTF-8.</summary>
    /// <returns>False where the output's limit was reached.</returns>
    public static async ValueTask<bool> WriteAsync(FetchedBody body, IOutputWriter output, CancellationToken cancel)
    {
        var text = BodyText.Foreign(body.ContentType) is { } encoding ? new Recoder(encoding, output) : null;
        while (true)
        {
            // Waiting holds no buffer: many calls may wait for slow servers at once.
            await body.WaitAsync(cancel);
            var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
            try
            {
                var count = await body.ReadAsync(buffer, cancel);
                if (count == 0) return text?.Finish() ?? true;
                var bytes = buffer.AsSpan(0, count);
                if (!(text?.Write(bytes) ?? output.Write(bytes))) return false;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>From one encoding to UTF-8, piece by piece. A mark at the beginning is no part of the text.</summary>
    private sealed class Recoder(Encoding encoding, IOutputWriter output)
    {
        private readonly Decoder _decoder = encoding.GetDecoder();
        private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
        private bool _begun;

        public bool Write(ReadOnlySpan<byte> bytes) => Pass(bytes, last: false);

        public bool Finish() => Pass([], last: true);

        private bool Pass(ReadOnlySpan<byte> bytes, bool last)
        {
            var chars = ArrayPool<char>.Shared.Rent(1024);
            var utf8 = ArrayPool<byte>.Shared.Rent(1024 * 3 + 4);
            try
            {
                var done = false;
                while (!done)
                {
                    _decoder.Convert(bytes, chars.AsSpan(0, 1024), last, out var used, out var made, out done);
                    bytes = bytes[used..];
                    var text = chars.AsSpan(0, made);
                    if (!_begun && made > 0)
                    {
                        _begun = true;
                        if (text[0] == '\uFEFF') text = text[1..];
                    }

                    _encoder.Convert(text, utf8, last && done, out _, out var written, out _);
                    if (!output.Write(utf8.AsSpan(0, written))) return false;
                }

                return true;
            }
            finally
            {
                ArrayPool<char>.Shared.Return(chars);
                ArrayPool<byte>.Shared.Return(utf8);
            }
        }
    }
}
