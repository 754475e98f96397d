using System.Buffers;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Tools.Chat;

/// <summary>Holds one answer of a merge until it is known to be a good one.</summary>
internal sealed class ReduceOutput(long limit) : IOutputWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public long Length => _bytes.WrittenCount;

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        var fits = bytes.Length <= limit - Length;
        _bytes.Write(fits ? bytes : bytes[..(int)(limit - Length)]);
        return fits;
    }

    public OutputRef Complete() => OutputRef.Of(_bytes.WrittenMemory);

    public void Dispose()
    {
        // Memory alone.
    }
}
