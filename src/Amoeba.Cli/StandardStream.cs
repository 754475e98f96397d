namespace Amoeba.Cli;

/// <summary>
/// Standard output or error, which may be closed, full, or a terminal that is gone. It complains once, in words, and
/// takes the rest silently; without words it never complains, because nobody is left to be told and the job goes on.
/// </summary>
/// <param name="inner">The stream of the process.</param>
/// <param name="complaint">How the exception's message begins; null where what cannot be written is dropped.</param>
internal sealed class StandardStream(Stream inner, string? complaint) : Stream
{
    private bool _broken;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">For the first time it could not be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_broken) return;
        try
        {
            inner.Write(buffer);
        }
        catch (UnauthorizedAccessException)
        {
            _broken = true; // it is not open for writing: whoever closed it wants nothing of it
        }
        catch (IOException exception)
        {
            // A standard error may come back (a full disk), a standard output has a hole from here on.
            _broken = complaint is not null;
            if (complaint is not null) throw new IOException($"{complaint}: {exception.Message}", exception);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back here: the process's streams write at once.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
