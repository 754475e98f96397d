using Amoeba.Disk;
using Amoeba.Outputs;

namespace Amoeba.Hosting.Reusing;

/// <summary>Tells a file's content from another's without reading it.</summary>
/// <param name="Digest">Never 0.</param>
/// <param name="Written">When its content last changed, or was said to.</param>
/// <param name="Touched">When anything of it last changed.</param>
internal readonly record struct FileStamp(ulong Digest, DateTimeOffset Written, DateTimeOffset Touched)
{
    /// <summary>
    /// What the clock that stamps files may lag. A file that was written so recently may be written once more and keep
    /// its stamp.
    /// </summary>
    public static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(20);

    /// <summary>Null where there is no file of that name; a folder is none.</summary>
    public static FileStamp? Of(string path)
    {
        if (FileFacts.Of(path) is not { } facts) return null;
        Span<byte> bytes = stackalloc byte[40];
        BitConverter.TryWriteBytes(bytes, facts.Size);
        BitConverter.TryWriteBytes(bytes[8..], facts.Device);
        BitConverter.TryWriteBytes(bytes[16..], facts.Inode);
        BitConverter.TryWriteBytes(bytes[24..], facts.Written.UtcTicks);
        BitConverter.TryWriteBytes(bytes[32..], facts.Touched.UtcTicks);
        return new FileStamp(Math.Max(1, XxHash64.Of(bytes)), facts.Written, facts.Touched);
    }
}
