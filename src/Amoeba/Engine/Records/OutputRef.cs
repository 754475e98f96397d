namespace Amoeba.Engine.Records;

internal enum OutputPlace
{
    /// <summary>There is no output.</summary>
    None,

    /// <summary>The bytes are in the row itself.</summary>
    Inline,

    /// <summary>A slice of one of the job's segments.</summary>
    Segment,

    /// <summary>A file of its own under the job's outputs.</summary>
    File,
}

/// <summary>Where a task's output is kept.</summary>
/// <param name="Place">Which kind of place.</param>
/// <param name="Name">The segment's or file's name within the job's outputs folder; null for inline.</param>
/// <param name="Offset">First byte within the segment.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Hash">XxHash64 of the bytes of a segment or file; 0 for inline.</param>
/// <param name="Inline">The bytes themselves where they are inline.</param>
internal sealed record OutputRef(
    OutputPlace Place, string? Name, long Offset, long Length, ulong Hash, ReadOnlyMemory<byte> Inline)
{
    public static OutputRef None { get; } = new(OutputPlace.None, null, 0, 0, 0, default);

    public static OutputRef Of(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty
        ? None
        : new(OutputPlace.Inline, null, 0, bytes.Length, 0, bytes);
}
