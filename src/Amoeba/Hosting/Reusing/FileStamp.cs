using Amoeba.Outputs;

namespace Amoeba.Hosting.Reusing;

/// <summary>Tells a file's content from another's without reading it: by its size, and when it was made and changed.</summary>
/// <param name="Digest">Never 0.</param>
/// <param name="Changed">When its content last changed.</param>
internal readonly record struct FileStamp(ulong Digest, DateTimeOffset Changed)
{
    /// <summary>
    /// What the clock that stamps files may lag. A file that changed so recently may change once more and keep its stamp.
    /// </summary>
    public static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(20);

    /// <summary>Null where there is no file of that name; a folder is none.</summary>
    public static FileStamp? Of(string path)
    {
        try
        {
            FileSystemInfo info = new FileInfo(path);
            if (!info.Exists) return null;
            if (info.Attributes.HasFlag(FileAttributes.ReparsePoint)) info = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
            return info is FileInfo { Exists: true } file ? Of(file) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static FileStamp Of(FileInfo file)
    {
        // A file that took another's place has a moment of its own in which it was made, whatever its other times say.
        Span<byte> facts = stackalloc byte[24];
        BitConverter.TryWriteBytes(facts, file.Length);
        BitConverter.TryWriteBytes(facts[8..], file.LastWriteTimeUtc.Ticks);
        BitConverter.TryWriteBytes(facts[16..], file.CreationTimeUtc.Ticks);
        return new FileStamp(Math.Max(1, XxHash64.Of(facts)), file.LastWriteTimeUtc);
    }
}
