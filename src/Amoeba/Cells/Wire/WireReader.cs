using System.Buffers.Binary;
using System.Text;

namespace Amoeba.Cells.Wire;

/// <summary>
/// Reads the content of a frame. What is not there, or makes no sense, is <see cref="InvalidDataException"/>.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> content)
{
    private ReadOnlySpan<byte> _rest = content;

    public ReadOnlySpan<byte> Rest() => Take(_rest.Length);

    public byte Byte() => Take(1)[0];

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public double Double() => BitConverter.Int64BitsToDouble(Long());

    public string? TextOrNull()
    {
        var count = Int();
        return count == -1 ? null : Encoding.UTF8.GetString(Take(count));
    }

    public string Text() => TextOrNull() ?? throw new InvalidDataException("a text is missing");

    public long? LongOrNull() => Byte() == 0 ? null : Long();

    public double? DoubleOrNull() => Byte() == 0 ? null : Double();

    public string[] Texts()
    {
        var count = Int();
        // Each takes four bytes at least: a count that lies does not get to reserve memory.
        if (count < 0 || count > _rest.Length / 4) throw new InvalidDataException("a list has no sensible length");
        var texts = new string[count];
        for (var i = 0; i < count; i++) texts[i] = Text();
        return texts;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length) throw new InvalidDataException("a frame ends too early");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
