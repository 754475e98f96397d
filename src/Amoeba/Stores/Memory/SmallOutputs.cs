using Amoeba.Engine.Records;

namespace Amoeba.Stores.Memory;

/// <summary>
/// Outputs of a few bytes, one behind the other: as arrays of their own the collector follows and moves every one of
/// them, which was a fifth of the time of a job of short results.
/// </summary>
internal sealed class SmallOutputs
{
    private const int Most = 64;

    private byte[] _bytes = [];
    private int _used;

    /// <param name="output">The output.</param>
    /// <param name="before">Where the same row's last one is; a row that is written again
    /// takes its place if it fits.</param>
    /// <param name="place">Where it is now; of length 0 where there are no bytes.</param>
    /// <returns>False where it is too large, or not inline at all.</returns>
    public bool TryKeep(OutputRef output, Place before, out Place place)
    {
        place = default;
        if (output.Place != OutputPlace.Inline || output.Inline.Length > Most)
            return output.Place == OutputPlace.None;
        var length = output.Inline.Length;
        place = new Place(length <= before.Length ? before.At : Append(length), length);
        output.Inline.Span.CopyTo(_bytes.AsSpan(place.At));
        return true;
    }

    /// <summary>A copy: its place may be another output's later.</summary>
    public OutputRef Read(Place place) => OutputRef.Of(_bytes.AsSpan(place.At, place.Length).ToArray());

    private int Append(int length)
    {
        var at = _used;
        _used += length;
        if (_used > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_used, Math.Max(1024, _bytes.Length * 2)));
        return at;
    }

    internal readonly record struct Place(int At, int Length);
}
