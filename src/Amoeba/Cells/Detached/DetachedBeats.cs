using Amoeba.Cells.Wire;

namespace Amoeba.Cells.Detached;

/// <summary>Whether a worker's heart beats. Counts looks, not seconds: a machine that slept misses one and not a thousand.</summary>
internal sealed class DetachedBeats(DetachedFolder folder, TimeProvider time, TimeSpan beat)
{
    private long _looked = time.GetTimestamp();
    private long? _seen;
    private int _missed;

    public long Began { get; } = time.GetTimestamp();

    public bool AreMissed()
    {
        if (time.GetElapsedTime(_looked) < beat) return false;
        _looked = time.GetTimestamp();
        var beats = Read();
        _missed = beats == _seen ? _missed + 1 : 0;
        _seen = beats;
        return _missed >= Protocol.BeatsMissed;
    }

    private long? Read() => DetachedFolder.Read(folder.Beat) is { Length: sizeof(long) } bytes ? BitConverter.ToInt64(bytes) : null;
}
