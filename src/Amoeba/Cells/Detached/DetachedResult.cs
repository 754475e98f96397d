using Amoeba.Cells.Wire;
using Amoeba.Disk;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Detached;

/// <summary>How a detached attempt ended.</summary>
/// <param name="Outcome">What its tool made of it.</param>
/// <param name="OutputBytes">How much output it has.</param>
/// <param name="Times">What it took, by the worker's own clock.</param>
/// <param name="Signal">The signal that ended it and that no parent had announced; null where there was none.</param>
internal sealed record DetachedResult(ToolOutcome Outcome, long OutputBytes, ToolTimes Times, int? Signal)
{
    /// <summary>The longest that a result can be: what is kept free for it.</summary>
    private const int Room = 160 << 10;

    /// <summary>
    /// Takes the room on the disk that the result will need: where the task fills the disk, that can still be told.
    /// </summary>
    public static void Reserve(DetachedFolder folder)
    {
        using var file = PrivateFiles.Open(folder.Reserve, FileMode.Create);
        file.Write(new byte[Room]);
    }

    /// <summary>Writes it durably, after the output it speaks of.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(DetachedFolder folder)
    {
        var about = new WireWriter(FrameKind.Result).Add(DetachedFormat.Version)
            .Add(OutputBytes).Add(Times.Spawn.Ticks).Add(Times.Execution.Ticks).Add((long?)Signal).Frame();
        using (var file = PrivateFiles.Open(folder.Reserve, FileMode.OpenOrCreate))
        {
            file.Write(about.Span);
            file.Write(OutcomeCodec.Write(0, Outcome).Frame().Span);
            file.SetLength(file.Position);
            file.Flush(flushToDisk: true);
        }

        File.Move(folder.Reserve, folder.Result, overwrite: true);
        FolderSync.Flush(folder.Path);
    }

    /// <summary>Null where there is none.</summary>
    /// <exception cref="InvalidDataException">What is there is none, or of another version.</exception>
    public static DetachedResult? Read(DetachedFolder folder)
    {
        if (DetachedFolder.Read(folder.Result) is not { } bytes) return null;
        var frames = new FrameBuffer(Protocol.LongestOfWorker);
        frames.Add(bytes);
        if (!frames.TryNext(out var kind, out var content) || kind != FrameKind.Result) throw Torn();
        var about = new WireReader(content);
        DetachedFormat.Check("result", about.Int());
        var (length, times, signal) =
            (about.Long(), new ToolTimes(new(about.Long()), new(about.Long())), (int?)about.LongOrNull());
        if (!frames.TryNext(out kind, out content) || kind != FrameKind.Result) throw Torn();
        return new DetachedResult(OutcomeCodec.Read(content).Outcome, length, times, signal);
    }

    private static InvalidDataException Torn() =>
        new("its result is none: the disk gave back other than what was written");
}
