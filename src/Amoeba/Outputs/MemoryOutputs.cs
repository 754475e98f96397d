using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Outputs;

/// <summary>Outputs beside a memory store: whole in the task's row, however large, gone with the process.</summary>
internal sealed class MemoryOutputs : IOutputs, IDisposable
{
    private readonly HashSet<Writer> _writers = [];
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
        Writer? living;
        lock (_writers)
            living = _writers.FirstOrDefault(writer => writer.IsOf(job) && writer.Is(ordinal, attempt));
        return living?.From(offset);
    }

    public void CleanLive(string job)
    {
        lock (_writers)
            _writers.RemoveWhere(writer => writer.IsOf(job));
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
        lock (_writers)
            _writers.Add(writer);
    }

    private void Remove(Writer writer)
    {
        lock (_writers)
            _writers.Remove(writer);
    }

    /// <summary>Known to readers from its first byte on; most outputs come in one piece, which is kept as it is.</summary>
    private sealed class Writer(MemoryOutputs outputs, string job, int ordinal, int attempt, long limit) : IOutputWriter
    {
        private readonly Lock _lock = new();
        private byte[] _bytes = [];
        private int _length;
        private bool _closed;

        public long Length
        {
            get
            {
                lock (_lock)
                    return _length;
            }
        }

        public bool IsOf(string other) => job == other;

        public bool Is(int otherOrdinal, int otherAttempt) => ordinal == otherOrdinal && attempt == otherAttempt;

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                var fits = (int)Math.Min(bytes.Length, limit - _length);
                if (fits > 0)
                    Append(bytes[..fits]);
                return fits == bytes.Length;
            }
        }

        public OutputRef Complete()
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                Dispose();
                return OutputRef.Of(_length == _bytes.Length ? _bytes : _bytes[.._length]);
            }
        }

        public MemoryStream? From(long offset)
        {
            lock (_lock)
            {
                return _closed || _length == 0
                    ? null
                    : new MemoryStream(_bytes[.._length], writable: false) { Position = offset };
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                if (_closed)
                    return;
                _closed = true;
                if (_length > 0)
                    outputs.Remove(this);
            }
        }

        private void Append(ReadOnlySpan<byte> bytes)
        {
            var length = checked(_length + bytes.Length);
            if (_length == 0)
            {
                _bytes = bytes.ToArray();
                outputs.Add(this);
            }
            else
            {
                if (length > _bytes.Length)
                    Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(length, _bytes.Length * 2L)));
                bytes.CopyTo(_bytes.AsSpan(_length));
            }

            _length = length;
        }
    }
}
