using System.Buffers.Binary;
using System.Text;
using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Detached;

/// <summary>
/// Whether a worker's heart beats. Counts looks, not seconds: a machine that slept misses one and not a thousand.
/// </summary>
internal sealed class DetachedBeats(DetachedFolder folder, TimeProvider time, TimeSpan beat, TimeSpan? stall)
{
    private const int Length = sizeof(int) + (2 * sizeof(long));
    private const int BeatsAStall = 4;

    /// <summary>Twice as long as a worker may show no life.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(30);

    private long _looked = time.GetTimestamp();
    private long _counted = time.GetTimestamp();
    private long? _beats;
    private long? _seen;
    private long _progress;
    private long _told;
    private int _missed;
    private int _warned;

    public long Began { get; } = time.GetTimestamp();

    /// <summary>
    /// Tells what the task was warned of, and what it got done beside the output that was
    /// handed on, which tells for itself.
    /// </summary>
    public void Tell(IAttemptWatch watch, long output)
    {
        // Looked for each time: the end of an attempt may be written right after its warning.
        if (DetachedFolder.Read(folder.Warnings) is { } lines)
        {
            foreach (var warning in Encoding.UTF8.GetString(lines)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(Protocol.MostWarnings).Skip(_warned))
            {
                watch.Warn(warning);
                _warned++;
            }
        }

        if (_progress <= output + _told) return;
        var more = _progress - output - _told;
        _told += more;
        watch.Progress(more);
    }

    /// <summary>Writes a beat.</summary>
    public static void Write(DetachedFolder folder, long beats, long progress)
    {
        Span<byte> beat = stackalloc byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(beat, DetachedFormat.Version);
        BinaryPrimitives.WriteInt64LittleEndian(beat[sizeof(int)..], beats);
        BinaryPrimitives.WriteInt64LittleEndian(beat[(sizeof(int) + sizeof(long))..], progress);
        DetachedFolder.WriteOver(folder.Beat, beat);
    }

    /// <summary>
    /// For who looks once and cannot count: there was a beat lately, by the disk's own clock. Whoever follows an
    /// attempt counts instead.
    /// </summary>
    public static bool AreFresh(DetachedFolder folder) =>
        TimeProvider.System.GetUtcNow() - File.GetLastWriteTimeUtc(folder.Beat) < Lately;

    /// <summary>A stall limit may be shorter than the time between two beats: then they are so much closer.</summary>
    public static TimeSpan Pace(TimeSpan beat, TimeSpan? stall) =>
        stall is { } limit && limit > TimeSpan.Zero && limit / BeatsAStall < beat ? limit / BeatsAStall : beat;

    /// <param name="isClaimed">Its worker began. No heart beats before, and a start has a patience of its own.</param>
    /// <exception cref="InvalidDataException">They are of another version.</exception>
    public bool AreMissed(bool isClaimed)
    {
        if (!isClaimed)
        {
            _counted = time.GetTimestamp();
            return false;
        }

        if (time.GetElapsedTime(_looked) >= Pace(beat, stall)) Read();
        if (time.GetElapsedTime(_counted) < beat) return false;
        _counted = time.GetTimestamp();
        _missed = _beats == _seen ? _missed + 1 : 0;
        _seen = _beats;
        return _missed >= Protocol.BeatsMissed;
    }

    private void Read()
    {
        _looked = time.GetTimestamp();
        if (DetachedFolder.Read(folder.Beat) is not { Length: >= sizeof(int) } said) return;
        DetachedFormat.Check("beat", BinaryPrimitives.ReadInt32LittleEndian(said));
        if (said.Length < Length) return; // it is just being written for the first time
        _beats = BinaryPrimitives.ReadInt64LittleEndian(said.AsSpan(sizeof(int)));
        _progress = BinaryPrimitives.ReadInt64LittleEndian(said.AsSpan(sizeof(int) + sizeof(long)));
    }
}
