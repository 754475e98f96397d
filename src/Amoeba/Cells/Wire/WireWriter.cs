using System.Buffers.Binary;
using System.Text;

namespace Amoeba.Cells.Wire;

/// <summary>
/// Puts one frame together: length, kind, content. Numbers are little-endian, texts UTF-8 with their length.
/// </summary>
internal sealed class WireWriter
{
    private byte[] _bytes;
    private int _length = Protocol.Header;

    public WireWriter(FrameKind kind, int room = 64)
    {
        _bytes = new byte[Protocol.Header + room];
        _bytes[4] = (byte)kind;
    }

    public int Length => _length - Protocol.Header;

    /// <summary>The frame, whole.</summary>
    public ReadOnlyMemory<byte> Frame()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, Length);
        return _bytes.AsMemory(0, _length);
    }

    public static ReadOnlyMemory<byte> Empty(FrameKind kind) => new WireWriter(kind, 0).Frame();

    public WireWriter Add(byte value)
    {
        Take(1)[0] = value;
        return this;
    }

    public WireWriter Add(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);
        return this;
    }

    public WireWriter Add(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);
        return this;
    }

    public WireWriter Add(double value) => Add(BitConverter.DoubleToInt64Bits(value));

    public WireWriter Add(string? text)
    {
        if (text is null) return Add(-1);
        var count = Encoding.UTF8.GetByteCount(text);
        Add(count);
        Encoding.UTF8.GetBytes(text, Take(count));
        return this;
    }

    public WireWriter Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Take(bytes.Length));
        return this;
    }

    public WireWriter Add(long? value) => value is { } given ? Add((byte)1).Add(given) : Add((byte)0);

    public WireWriter Add(double? value) => value is { } given ? Add((byte)1).Add(given) : Add((byte)0);

    public WireWriter Add(IReadOnlyList<string> texts)
    {
        Add(texts.Count);
        for (var i = 0; i < texts.Count; i++) Add(texts[i]);
        return this;
    }

    private Span<byte> Take(int count)
    {
        if (_length + count > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_length + count, _bytes.Length * 2));
        var taken = _bytes.AsSpan(_length, count);
        _length += count;
        return taken;
    }
}
