namespace Amoeba.Cli.Terminal;

/// <summary>Passes bytes on and knows whether the next one begins a line.</summary>
internal sealed class EndingStream(Stream inner) : Stream
{
    public bool AtLineStart { get; private set; } = true;

    /// <summary>Told by whoever ended a line past this stream.</summary>
    public void BeginLine() => AtLineStart = true;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (count > 0) AtLineStart = buffer[offset + count - 1] == '\n';
        inner.Write(buffer, offset, count);
    }
}
