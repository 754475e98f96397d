using System.Buffers;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Outputs;

/// <summary>
/// One attempt's output. It holds at most <see cref="MostInMemory"/> bytes; what does not fit, and what a reader should
/// see while the attempt lives, is in its live file.
/// </summary>
internal sealed class FileOutputWriter(FileOutputs outputs, string job, int ordinal, int attempt, long limit)
    : IOutputWriter
{
    public const int MostInline = 4 * 1024;
    public const int MostInSegment = 1024 * 1024;
    private const int FirstBuffer = 4 * 1024;
    private const int MostInMemory = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly XxHash64 _hash = new();
    private byte[] _buffer = [];
    private int _buffered;

    /// <summary>Bytes at the buffer's beginning that the live file has, too.</summary>
    private int _mirrored;
    private FileStream? _live;
    private long _inLive;
    private bool _watched;
    private bool _closed;

    public long Length { get; private set; }

    /// <summary>When its first bytes came, in the clock's ticks; the flusher leaves quick attempts alone.</summary>
    public long Since { get; private set; }

    public string LivePath => Path.Combine(outputs.FolderOf(job), OutputFiles.Live(ordinal, attempt));

    public AttemptKey Key => new(job, ordinal, attempt);

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var fits = (int)Math.Min(bytes.Length, limit - Length);
            if (Length == 0 && fits > 0)
            {
                Since = outputs.Now;
                outputs.Watch(this);
                _watched = true;
            }

            Take(bytes[..fits]);
            return fits == bytes.Length;
        }
    }

    public OutputRef Complete()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var output = Length > MostInSegment ? KeepFile() : Keep();
            Close();
            return output;
        }
    }

    /// <summary>Brings the live file up to date.</summary>
    public void Mirror()
    {
        lock (_lock)
            if (!_closed && _buffered > _mirrored)
                WriteLive(_buffer.AsSpan(_mirrored, _buffered - _mirrored), _buffered);
    }

    public void Dispose()
    {
        lock (_lock)
            if (!_closed)
                Close();
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_buffered == MostInMemory)
                Spill();
            var part = Math.Min(bytes.Length, MostInMemory - _buffered);
            Reserve(_buffered + part);
            bytes[..part].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += part;
            Length += part;
            bytes = bytes[part..];
        }
    }

    private void Reserve(int size)
    {
        if (size <= _buffer.Length)
            return;
        var wish = Math.Max(size, Math.Max(FirstBuffer, _buffer.Length * 4));
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(MostInMemory, wish));
        _buffer.AsSpan(0, _buffered).CopyTo(larger);
        Return();
        _buffer = larger;
    }

    private void Spill()
    {
        WriteLive(_buffer.AsSpan(_mirrored, _buffered - _mirrored), 0);
        _hash.Add(_buffer.AsSpan(0, _buffered));
        _buffered = 0;
    }

    private void WriteLive(ReadOnlySpan<byte> bytes, int mirrored)
    {
        try
        {
            if (_live is null)
            {
                OutputFiles.MakeFolder(outputs.FolderOf(job));
                _live = OutputFiles.Make(LivePath, FileMode.Create);
            }

            RandomAccess.Write(_live.SafeFileHandle, bytes, _inLive);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw OutputFiles.Failed(LivePath, failed);
        }

        _inLive += bytes.Length;
        _mirrored = mirrored;
    }

    private OutputRef Keep()
    {
        if (Length <= MostInline)
            return OutputRef.Of(_buffer.AsSpan(0, _buffered).ToArray());
        if (Length == _buffered)
            return outputs.Append(job, _buffer.AsSpan(0, _buffered));
        var whole = new byte[Length];
        RandomAccess.Read(_live!.SafeFileHandle, whole.AsSpan(0, (int)(Length - _buffered)), 0);
        _buffer.AsSpan(0, _buffered).CopyTo(whole.AsSpan((int)Length - _buffered));
        return outputs.Append(job, whole);
    }

    private OutputRef KeepFile()
    {
        Spill();
        var name = OutputFiles.Own(ordinal, attempt);
        File.Move(LivePath, Path.Combine(outputs.FolderOf(job), name), overwrite: true);
        outputs.FlushLater(job, _live!); // which closes it
        _live = null;
        return new OutputRef(OutputPlace.File, name, 0, Length, _hash.Value, default);
    }

    private void Close()
    {
        _closed = true;
        Return();
        _buffer = [];
        if (_watched)
            outputs.Unwatch(this);
        if (_live is null)
            return;
        _live.Dispose();
        _live = null;
        File.Delete(LivePath);
    }

    private void Return()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
    }
}
