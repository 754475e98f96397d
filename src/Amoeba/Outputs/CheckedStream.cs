namespace Amoeba.Outputs;

/// <summary>Reads a recorded output and compares its checksum at its end, so that a large one is read once.</summary>
internal sealed class CheckedStream(FileStream file, ulong expected) : Stream
{
    private readonly XxHash64 _hash = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var count = file.Read(buffer);
        _hash.Add(buffer[..count]);
        if (count == 0 && buffer.Length > 0 && _hash.Value != expected)
            throw FileOutputs.Damaged(file.Name);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
