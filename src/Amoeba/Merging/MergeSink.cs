using System.Text;
using Amoeba.Engine.Ports;

namespace Amoeba.Merging;

/// <summary>Gathers a merge's many small pieces before they go to the output.</summary>
internal sealed class MergeSink(IOutputWriter into)
{
    private readonly byte[] _buffer = new byte[32 * 1024];
    private int _count;

    /// <summary>True once the output took all it may: the rest is dropped.</summary>
    public bool IsFull { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _count)
            Flush();
        if (bytes.Length > _buffer.Length)
        {
            IsFull = IsFull || !into.Write(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_count));
        _count += bytes.Length;
    }

    public void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    public void Flush()
    {
        if (_count > 0 && !IsFull)
            IsFull = !into.Write(_buffer.AsSpan(0, _count));
        _count = 0;
    }
}
