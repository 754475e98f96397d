using System.Buffers;

namespace Amoeba.Tools.Chat;

/// <summary>
/// Server-sent events, one after the other, out of one pooled buffer. Only the data matters here: both interfaces say
/// in it what an event is. The memory of an event is good until the next is read.
/// </summary>
internal sealed class SseReader(Stream stream, IdleClock idle, int longest) : IDisposable
{
    private const int Usual = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Usual);
    private int _start;
    private int _end;
    private bool _skipLineFeed;

    /// <summary>The next event's data, its lines joined by line feeds; null at the stream's end.</summary>
    /// <exception cref="InvalidDataException">An event is longer than allowed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync()
    {
        var (data, used) = ((byte[]?)null, 0);
        while (true)
        {
            if (await LineAsync() is not { } line)
            {
                // What the end cut off is no event.
                if (data is not null) ArrayPool<byte>.Shared.Return(data);
                return null;
            }

            if (line.IsEmpty)
            {
                if (data is not null) return Done(data, used);
            }
            else if (line.Span.StartsWith("data:"u8))
            {
                var value = line[5..];
                if (!value.IsEmpty && value.Span[0] == ' ') value = value[1..];
                if (used + value.Length + 1 > longest) throw TooLong();
                data = Room(data, used, used + value.Length + 1);
                if (used > 0) data[used++] = (byte)'\n';
                value.Span.CopyTo(data.AsSpan(used));
                used += value.Length;
            }
        }
    }

    private byte[]? _event;

    private ReadOnlyMemory<byte> Done(byte[] data, int used)
    {
        if (_event is not null) ArrayPool<byte>.Shared.Return(_event);
        _event = data;
        return data.AsMemory(0, used);
    }

    private static byte[] Room(byte[]? data, int used, int needed)
    {
        if (data is not null && data.Length >= needed) return data;
        var larger = ArrayPool<byte>.Shared.Rent(needed);
        if (data is null) return larger;
        data.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(data);
        return larger;
    }

    /// <summary>
    /// The next line without its end, which is CR, LF or both; null where the stream ends before one does.
    /// </summary>
    private async ValueTask<ReadOnlyMemory<byte>?> LineAsync()
    {
        var looked = 0;
        while (true)
        {
            if (_skipLineFeed && _end > _start)
            {
                if (_buffer[_start] == (byte)'\n') _start++;
                _skipLineFeed = false;
            }

            var at = _buffer.AsSpan(_start + looked, _end - _start - looked).IndexOfAny((byte)'\r', (byte)'\n');
            if (at >= 0)
            {
                var line = _buffer.AsMemory(_start, looked + at);
                _skipLineFeed = _buffer[_start + looked + at] == (byte)'\r';
                _start += looked + at + 1;
                return line;
            }

            looked = _end - _start;
            if (looked > longest) throw TooLong();
            if (!await FillAsync()) return null;
        }
    }

    private async ValueTask<bool> FillAsync()
    {
        if (_start == _end) (_start, _end) = (0, 0);
        if (_end == _buffer.Length)
        {
            var held = _end - _start;
            var target = held > _buffer.Length / 2 ? ArrayPool<byte>.Shared.Rent(_buffer.Length * 2) : _buffer;
            _buffer.AsSpan(_start, held).CopyTo(target);
            if (target != _buffer) ArrayPool<byte>.Shared.Return(_buffer);
            (_buffer, _start, _end) = (target, 0, held);
        }

        idle.Touch();
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), idle.Token);
        _end += read;
        return read > 0;
    }

    private InvalidDataException TooLong() => new($"an event is longer than {longest >> 20} MB");

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        if (_event is not null) ArrayPool<byte>.Shared.Return(_event);
        (_buffer, _event) = ([], null);
    }
}
