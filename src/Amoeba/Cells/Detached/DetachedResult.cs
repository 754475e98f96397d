using Amoeba.Cells.Wire;
using Amoeba.Disk;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Detached;

/// <summary>How a detached attempt ended, with how much output it has.</summary>
internal sealed record DetachedResult(ToolOutcome Outcome, long OutputBytes)
{
    /// <summary>The longest that a result can be: what is kept free for it.</summary>
    private const int Room = 160 << 10;

    /// <summary>Takes the room on the disk that the result will need: where the task fills the disk, that can still be told.</summary>
    public static void Reserve(DetachedFolder folder)
    {
        using var file = DetachedFolder.Create(folder.Reserve, FileMode.Create);
        file.Write(new byte[Room]);
    }

    /// <summary>Writes it durably, after the output it speaks of.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(DetachedFolder folder)
    {
        var frame = OutcomeCodec.Write(0, Outcome).Add(OutputBytes).Frame();
        using (var file = DetachedFolder.Create(folder.Reserve, FileMode.OpenOrCreate))
        {
            file.Write(frame.Span);
            file.SetLength(frame.Length);
            file.Flush(flushToDisk: true);
        }

        File.Move(folder.Reserve, folder.Result, overwrite: true);
        FolderSync.Flush(folder.Path);
    }

    /// <summary>Null where there is none, or what is there is none.</summary>
    public static DetachedResult? Read(DetachedFolder folder)
    {
        if (DetachedFolder.Read(folder.Result) is not { } bytes) return null;
        var frames = new FrameBuffer(Protocol.LongestOfWorker);
        frames.Add(bytes);
        try
        {
            if (!frames.TryNext(out var kind, out var content) || kind != FrameKind.Result || content.Length < sizeof(long)) return null;
            var (_, outcome) = OutcomeCodec.Read(content);
            return new DetachedResult(outcome, new WireReader(content[^sizeof(long)..]).Long());
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
