using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Detached;

/// <summary>Follows what a worker appends to its output, from the start.</summary>
internal sealed class DetachedReader(DetachedFolder folder) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 << 10];
    private FileStream? _file;

    /// <summary>Bytes that were read so far.</summary>
    public long Length { get; private set; }

    /// <summary>Hands on what is there by now.</summary>
    /// <returns>False where no more is wanted.</returns>
    public bool Pump(IOutputWriter into)
    {
        if (_file is null)
        {
            if (!File.Exists(folder.Output)) return true;
            _file = new FileStream(folder.Output, FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }

        for (int count; (count = _file.Read(_buffer)) > 0;)
        {
            Length += count;
            if (!into.Write(_buffer.AsSpan(0, count))) return false;
        }

        return true;
    }

    public void Dispose() => _file?.Dispose();
}
