using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Outputs;

/// <summary>Outputs beside a memory store: whole in the task's row, however large, gone with the process.</summary>
internal sealed class MemoryOutputs : IOutputs, IDisposable
{
    private readonly Lock _lock = new();
    private Writer? _writing;
    private readonly Lazy<string> _copies = new(() => Directory.CreateTempSubdirectory("amoeba-outputs-").FullName);

    public IOutputWriter Open(string job, int ordinal, int attempt, long limit) =>
        new Writer(this, job, ordinal, attempt, limit);

    public void Flush()
    {
    }

    public Stream Read(string job, OutputRef output) => new MemoryStream(output.Inline.ToArray(), writable: false);

    public string Materialize(string job, int ordinal, OutputRef output)
    {
        using var bytes = new MemoryStream(output.Inline.ToArray(), writable: false);
        return OutputCopies.Make(Path.Combine(_copies.Value, job), ordinal, bytes);
    }

    public Stream? ReadLive(string job, int ordinal, int attempt, long offset)
    {
        lock (_lock)
            for (var writer = _writing; writer is not null; writer = writer.Next)
                if (writer.IsOf(job) && writer.Is(ordinal, attempt))
                    return writer.From(offset);
        return null;
    }

    public void CleanLive(string job)
    {
        lock (_lock)
            for (var writer = _writing; writer is not null; writer = writer.Next)
                if (writer.IsOf(job))
                    Unlink(writer);
    }

    public void Delete(string job)
    {
        if (_copies.IsValueCreated && Directory.Exists(Path.Combine(_copies.Value, job)))
            Directory.Delete(Path.Combine(_copies.Value, job), recursive: true);
    }

    public void Dispose()
    {
        if (_copies.IsValueCreated)
            Directory.Delete(_copies.Value, recursive: true);
    }

    private void Add(Writer writer)
    {
        lock (_lock)
        {
            writer.Next = _writing;
            if (_writing is not null)
                _writing.Previous = writer;
            _writing = writer;
            writer.IsLinked = true;
        }
    }

    private void Remove(Writer writer)
    {
        lock (_lock)
            Unlink(writer);
    }

    private void Unlink(Writer writer)
    {
        if (!writer.IsLinked)
            return;
        writer.IsLinked = false;
        if (writer.Next is { } next)
            next.Previous = writer.Previous;
        if (writer.Previous is { } previous)
            previous.Next = writer.Next;
        else
            _writing = writer.Next;
    }

    /// <summary>
    /// Known to readers from its first byte on; most outputs come in one piece, which is kept as it is. Written by one
    /// at a time; readers see what was there when the length was last said.
    /// </summary>
    private sealed class Writer(MemoryOutputs outputs, string job, int ordinal, int attempt, long limit) : IOutputWriter
    {
        private byte[] _bytes = [];
        private volatile int _length;
        private bool _closed;

        // The list of those that are written: a set cost more than all else a small output did. Guarded by its lock.
        public Writer? Next { get; set; }

        public Writer? Previous { get; set; }

        public bool IsLinked { get; set; }

        public long Length => _length;

        public bool IsOf(string other) => job == other;

        public bool Is(int otherOrdinal, int otherAttempt) => ordinal == otherOrdinal && attempt == otherAttempt;

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            var fits = (int)Math.Min(bytes.Length, limit - _length);
            if (fits > 0)
                Append(bytes[..fits]);
            return fits == bytes.Length;
        }

        public OutputRef Complete()
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            Dispose();
            return OutputRef.Of(_length == _bytes.Length ? _bytes : _bytes[.._length]);
        }

        public MemoryStream From(long offset)
        {
            var length = _length; // before the bytes: those there are now are at least as many
            return new MemoryStream(_bytes[..length], writable: false) { Position = offset };
        }

        public void Dispose()
        {
            if (_closed)
                return;
            _closed = true;
            if (_length > 0)
                outputs.Remove(this);
        }

        private void Append(ReadOnlySpan<byte> bytes)
        {
            var before = _length;
            var length = checked(before + bytes.Length);
            if (before == 0)
            {
                _bytes = bytes.ToArray();
            }
            else
            {
                if (length > _bytes.Length)
                    Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(length, _bytes.Length * 2L)));
                bytes.CopyTo(_bytes.AsSpan(before));
            }

            _length = length;
            if (before == 0)
                outputs.Add(this);
        }
    }
}
