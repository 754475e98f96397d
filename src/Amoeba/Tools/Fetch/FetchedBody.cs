using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Tools.Fetch;

/// <summary>
/// An answer's body while it comes: counted, watched for standing still, and copied for the cache. What goes wrong is
/// a <see cref="FetchException"/>. Disposing it lets the next call to the host in.
/// </summary>
/// <param name="url">Where it came from after all redirects.</param>
/// <param name="inner">The decompressed bytes.</param>
/// <param name="limit">Bytes it may have.</param>
internal sealed class FetchedBody(Uri url, Stream inner, long limit) : Stream
{
    private long _read;

    public Uri Url => url;

    /// <summary>As the server said it; null where it said none.</summary>
    public string? ContentType { get; init; }

    public IdleClock? Clock { get; init; }

    public CacheCopy? Copy { get; init; }

    /// <summary>What is given back with the body.</summary>
    public IReadOnlyList<IDisposable> Held { get; init; } = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        PassAsync(buffer, cancellationToken);

    /// <summary>Until there is something to read, or nothing more comes. Holds no buffer meanwhile.</summary>
    public async ValueTask WaitAsync(CancellationToken cancel) => await PassAsync(Memory<byte>.Empty, cancel);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            Copy?.Dispose();
            foreach (var held in Held) held.Dispose();
            Clock?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> PassAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            var count = await inner.ReadAsync(buffer, Clock?.Token ?? cancel);
            if (buffer.IsEmpty) return 0;
            Clock?.Touch();
            if (count == 0) Copy?.Complete();
            else Count(buffer.Span[..count]);
            return count;
        }
        catch (OperationCanceledException) when (Clock is { IsOver: true })
        {
            throw FetchErrors.Idle(url, Clock.Longest);
        }
        catch (Exception problem) when (problem is IOException or HttpRequestException or InvalidDataException)
        {
            throw FetchErrors.Broken(url, problem);
        }
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        _read += bytes.Length;
        if (_read > limit)
        {
            throw new FetchException(
                AttemptEnd.OverLimit,
                $"output: the answer of {WebAddress.Shown(url.AbsoluteUri)} is larger than the "
                + $"{PlanUnits.ShowSize(limit)} that are allowed, unpacked; raise max_size, or limits.output");
        }

        Copy?.Add(bytes);
    }
}
