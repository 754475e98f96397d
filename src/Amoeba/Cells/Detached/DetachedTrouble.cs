using Amoeba.Cells.Wire;
using Amoeba.Disk;

namespace Amoeba.Cells.Detached;

/// <summary>
/// Looks at an attempt that failed because a file of it could not be read: that says nothing of how the attempt stands,
/// and is tried again. Counts beats and not seconds, as <see cref="DetachedBeats"/> does.
/// </summary>
internal sealed class DetachedTrouble(TimeProvider time, TimeSpan beat)
{
    private long? _counted;
    private int _beats;

    /// <summary>
    /// What may pass: too many open files, a disk or server that did not answer. A disk that is full stops the parent.
    /// </summary>
    public static bool Is(Exception problem) =>
        problem is IOException or UnauthorizedAccessException && !FullDisk.Is(problem);

    /// <summary>A look failed.</summary>
    /// <returns>True where none succeeded for as long as a worker may show no life.</returns>
    public bool Lasts()
    {
        _counted ??= time.GetTimestamp();
        if (_beats < Protocol.BeatsMissed && time.GetElapsedTime(_counted.Value) >= beat)
        {
            _counted = time.GetTimestamp();
            _beats++;
        }

        return _beats >= Protocol.BeatsMissed;
    }

    /// <summary>A look succeeded.</summary>
    public void Over() => (_counted, _beats) = (null, 0);
}
