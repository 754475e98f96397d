using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Tests.Fakes;

/// <summary>Keeps every output in its reference; files are made in the folder that is given.</summary>
internal sealed class InlineOutputs(string? folder = null) : IOutputs
{
    private int _open;

    /// <summary>Thrown by every write, where it is set: a disk that is full.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Done before each write, with how many bytes were kept before it, and how many come.</summary>
    public Action<long, int>? Writing { get; set; }

    /// <summary>Done when an output is put away.</summary>
    public Action? Completing { get; set; }

    /// <summary>Writers that are not disposed.</summary>
    public int Open() => _open;

    public IOutputWriter Open(string job, int ordinal, int attempt, long limit)
    {
        Interlocked.Increment(ref _open);
        return new Writer(this, limit);
    }

    public void Flush()
    {
    }

    public Stream Read(string job, OutputRef output) => new MemoryStream(output.Inline.ToArray(), writable: false);

    public string Materialize(string job, int ordinal, OutputRef output)
    {
        var path = Path.Combine(folder!, $"{job}-{ordinal}.out");
        File.WriteAllBytes(path, output.Inline.Span);
        return path;
    }

    public Stream? ReadLive(string job, int ordinal, int attempt, long offset) => null;

    public void CleanLive(string job)
    {
    }

    public void Delete(string job)
    {
    }

    public static string TextOf(OutputRef output) => Encoding.UTF8.GetString(output.Inline.Span);

    private sealed class Writer(InlineOutputs owner, long limit) : IOutputWriter
    {
        private readonly MemoryStream _bytes = new();
        private bool _disposed;

        public long Length => _bytes.Length;

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (owner.Fault is { } fault) throw fault;
            owner.Writing?.Invoke(_bytes.Length, bytes.Length);
            var room = limit - _bytes.Length;
            _bytes.Write(bytes.Length > room ? bytes[..(int)room] : bytes);
            return bytes.Length <= room;
        }

        public OutputRef Complete()
        {
            owner.Completing?.Invoke();
            return OutputRef.Of(_bytes.ToArray());
        }

        public void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            Interlocked.Decrement(ref owner._open);
        }
    }
}
