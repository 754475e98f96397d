using System.Text;
using Amoeba.Engine.Records;

namespace Amoeba.Merging;

/// <summary>Reads one output after the other into the same memory.</summary>
internal sealed class MergeInput(Func<OutputRef, Stream> read)
{
    private byte[] _buffer = new byte[16 * 1024];

    public Stream Open(MergeRow row) => read(row.Output);

    /// <summary>A whole output, until the next call.</summary>
    public ReadOnlySpan<byte> Bytes(MergeRow row)
    {
        var length = checked((int)row.Output.Length);
        if (length > _buffer.Length)
            _buffer = new byte[Math.Max(length, _buffer.Length * 2)];
        using var stream = read(row.Output);
        stream.ReadExactly(_buffer, 0, length);
        if (stream.ReadByte() >= 0) // reaching the end is what checks a large output
            throw new InvalidDataException($"An output is longer than its recorded {length} bytes.");
        return _buffer.AsSpan(0, length);
    }

    /// <summary>An output as text without its trailing newlines; what is no UTF-8 becomes U+FFFD.</summary>
    public string Text(MergeRow row) => Encoding.UTF8.GetString(Bytes(row).TrimEnd("\r\n"u8));
}
