using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Amoeba.Disk;

/// <summary>
/// What tells a file from another, and from itself before it was changed, without reading it. On Linux with the number
/// of its inode and the moment of its last change of any kind, which no program can set and .NET does not tell.
/// </summary>
/// <param name="Size">Bytes.</param>
/// <param name="Device">Where its inode is; 0 where the system does not say.</param>
/// <param name="Inode">Its number there; elsewhere than on Linux when it was made.</param>
/// <param name="Written">When its content last changed, or was said to.</param>
/// <param name="Touched">When anything of it last changed: content, name, rights.</param>
internal readonly partial record struct FileFacts(
    long Size, ulong Device, ulong Inode, DateTimeOffset Written, DateTimeOffset Touched)
{
    private const int HereFolder = -100; // AT_FDCWD
    private const uint BasicFacts = 0x7FF; // STATX_BASIC_STATS
    private const int KindMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>
    /// Of the file that a path leads to, links followed; null where there is none, or it is a folder.
    /// </summary>
    public static FileFacts? Of(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() ? OfStat(path) : OfInfo(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static FileFacts? OfStat(string path)
    {
        Span<byte> facts = stackalloc byte[256];
        if (Statx(HereFolder, path, 0, BasicFacts, ref MemoryMarshal.GetReference(facts)) != 0) return null;
        if ((BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]) & KindMask) != RegularFile) return null;
        return new FileFacts(
            BinaryPrimitives.ReadInt64LittleEndian(facts[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(facts[136..]),
            BinaryPrimitives.ReadUInt64LittleEndian(facts[32..]),
            Time(facts[112..]),
            Time(facts[96..]));
    }

    private static FileFacts? OfInfo(string path)
    {
        FileSystemInfo info = new FileInfo(path);
        if (!info.Exists) return null;
        if (info.Attributes.HasFlag(FileAttributes.ReparsePoint))
            info = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
        return info is FileInfo { Exists: true } file
            ? new FileFacts(file.Length, 0, (ulong)file.CreationTimeUtc.Ticks,
                file.LastWriteTimeUtc, file.LastWriteTimeUtc)
            : null;
    }

    /// <summary>Rounded down to what .NET's clock can say, which is 100 ns.</summary>
    private static DateTimeOffset Time(ReadOnlySpan<byte> time) => DateTimeOffset.UnixEpoch
        .AddTicks((BinaryPrimitives.ReadInt64LittleEndian(time) * TimeSpan.TicksPerSecond)
            + (BinaryPrimitives.ReadUInt32LittleEndian(time[8..]) / 100));

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte facts);
}
