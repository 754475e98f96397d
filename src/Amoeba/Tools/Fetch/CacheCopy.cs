using System.Buffers;
using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Fetch;

/// <summary>Bytes that all calls of a parent together may hold while they copy answers for the cache.</summary>
internal sealed class CopyRoom(long bytes)
{
    private long _left = bytes;

    public bool TryTake(long count)
    {
        if (Interlocked.Add(ref _left, -count) >= 0) return true;
        Interlocked.Add(ref _left, count);
        return false;
    }

    public void Give(long count) => Interlocked.Add(ref _left, count);
}

/// <summary>
/// Copies an answer as it passes, to be kept when it is whole. One that grows too long, or comes when too much is being
/// copied already, is not kept: the cache saves time, and may cost no memory that calls need.
/// </summary>
internal sealed class CacheCopy(
    IFetchCache cache, string key, FetchCacheEntry entry, int most, CopyRoom room) : IDisposable
{
    private ArrayBufferWriter<byte>? _bytes = new();
    private long _taken;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_bytes is null) return;
        var room = bytes.Length + _bytes.WrittenCount;
        if (room > most || !Reserve(room))
        {
            Dispose();
            return;
        }

        bytes.CopyTo(_bytes.GetSpan(bytes.Length));
        _bytes.Advance(bytes.Length);
    }

    /// <summary>The answer is whole.</summary>
    public void Complete()
    {
        if (_bytes is { } bytes) cache.Put(key, entry, bytes.WrittenSpan);
        Dispose();
    }

    public void Dispose()
    {
        _bytes = null;
        room.Give(_taken);
        _taken = 0;
    }

    /// <summary>A buffer that grows doubles.</summary>
    private bool Reserve(long needed)
    {
        if (needed * 2 <= _taken) return true;
        var more = (needed * 2) - _taken;
        if (!room.TryTake(more)) return false;
        _taken += more;
        return true;
    }
}
