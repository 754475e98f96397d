using Amoeba.Cells.Detached;
using Amoeba.Disk;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Worker.Detached;

/// <summary>
/// A task's output, appended to its file as it comes, and one byte beyond the limit: by that it is seen to be over.
/// </summary>
internal sealed class FileOutput(DetachedFolder folder, long limit) : IOutputWriter
{
    private readonly FileStream _file = PrivateFiles.Open(folder.Output, FileMode.Create);

    public long Length { get; private set; }

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        var room = limit - Length;
        var isOver = bytes.Length > room;
        if (isOver) bytes = bytes[..(int)Math.Max(0, room + 1)];
        try
        {
            _file.Write(bytes);
        }
        catch (IOException)
        {
            Length = _file.Length; // a disk that became full took a part of it, which a parent may have read by now
            throw;
        }

        Length += bytes.Length;
        return !isOver;
    }

    /// <summary>Makes it durable.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    public OutputRef Complete() => OutputRef.None;

    public void Dispose() => _file.Dispose();
}
