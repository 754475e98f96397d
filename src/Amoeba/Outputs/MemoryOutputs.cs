using System.Collections.Concurrent;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Outputs;

/// <summary>Outputs beside a memory store: whole in the task's row, however large, gone with the process.</summary>
internal sealed class MemoryOutputs : IOutputs, IDisposable
{
    private readonly ConcurrentDictionary<(string, int, int), Writer> _writers = new();
    private readonly Lazy<string> _copies = new(() => Directory.CreateTempSubdirectory("amoeba-outputs-").FullName);

    public IOutputWriter Open(string job, int ordinal, int attempt, long limit) =>
        _writers[(job, ordinal, attempt)] = new Writer(this, (job, ordinal, attempt), limit);

    public void Flush()
    {
    }

    public Stream Read(string job, OutputRef output) => new MemoryStream(output.Inline.ToArray(), writable: false);

    public string Materialize(string job, int ordinal, OutputRef output)
    {
        using var bytes = new MemoryStream(output.Inline.ToArray(), writable: false);
        return OutputCopies.Make(Path.Combine(_copies.Value, job), ordinal, bytes);
    }

    public Stream? ReadLive(string job, int ordinal, int attempt, long offset) =>
        _writers.TryGetValue((job, ordinal, attempt), out var writer) ? writer.From(offset) : null;

    public void CleanLive(string job)
    {
        foreach (var key in _writers.Keys.Where(key => key.Item1 == job))
            _writers.TryRemove(key, out _);
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

    private sealed class Writer(MemoryOutputs outputs, (string, int, int) key, long limit) : IOutputWriter
    {
        private readonly Lock _lock = new();
        private readonly MemoryStream _bytes = new();
        private bool _closed;

        public long Length
        {
            get
            {
                lock (_lock)
                    return _bytes.Length;
            }
        }

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                var fits = (int)Math.Min(bytes.Length, limit - _bytes.Length);
                _bytes.Write(bytes[..fits]);
                return fits == bytes.Length;
            }
        }

        public OutputRef Complete()
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                Dispose();
                return OutputRef.Of(_bytes.ToArray());
            }
        }

        public MemoryStream? From(long offset)
        {
            lock (_lock)
            {
                return _closed || _bytes.Length == 0
                    ? null
                    : new MemoryStream(_bytes.ToArray(), writable: false) { Position = offset };
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _closed = true;
                outputs._writers.TryRemove(key, out _);
            }
        }
    }
}
