using System.Buffers.Binary;

namespace Amoeba.Cells.Wire;

/// <summary>Cuts a stream of bytes, however it arrives, into frames.</summary>
/// <param name="longest">The longest content that is taken; one that claims more ends the conversation.</param>
internal sealed class FrameBuffer(int longest)
{
    private byte[] _bytes = new byte[512];
    private int _start;
    private int _end;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_start == _end) _start = _end = 0;
        if (_end + bytes.Length > _bytes.Length) MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>The next whole frame; its content is valid until the next call of <see cref="Add"/>.</summary>
    /// <exception cref="InvalidDataException">What came is no frame.</exception>
    public bool TryNext(out FrameKind kind, out ReadOnlySpan<byte> content)
    {
        kind = default;
        content = default;
        var there = _bytes.AsSpan(_start, _end - _start);
        if (there.Length < Protocol.Header) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(there);
        if (length < 0 || length > longest) throw new InvalidDataException($"a frame claims {(uint)length} bytes");
        if (there.Length < Protocol.Header + length) return false;
        kind = (FrameKind)there[4];
        content = there.Slice(Protocol.Header, length);
        _start += Protocol.Header + length;
        return true;
    }

    private void MakeRoom(int count)
    {
        var kept = _end - _start;
        var into = kept + count > _bytes.Length ? new byte[Math.Max(kept + count, _bytes.Length * 2)] : _bytes;
        _bytes.AsSpan(_start, kept).CopyTo(into);
        (_bytes, _start, _end) = (into, 0, kept);
    }
}
