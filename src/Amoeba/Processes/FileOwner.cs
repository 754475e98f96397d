using System.Runtime.InteropServices;

namespace Amoeba.Processes;

/// <summary>Whom a file or folder belongs to.</summary>
internal readonly partial record struct FileOwner(uint User, uint Group)
{
    private const int CurrentFolder = -100;
    private const uint OwnerAndGroup = 0x18, Number = 0x100, Size = 0x200;
    private const int NoFollow = 0x100;

    public static FileOwner OfThisProcess() => new(EffectiveUser(), EffectiveGroup());

    /// <summary>Null where it is not there, or this system cannot tell.</summary>
    public static unsafe FileOwner? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var told = stackalloc uint[64]; // struct statx, the same on every machine: owner at 20 bytes, group at 24
        return Statx(CurrentFolder, path, 0, OwnerAndGroup, told) == 0 ? new FileOwner(told[5], told[6]) : null;
    }

    /// <summary>
    /// On which file system it lies itself, not what it may link to; null where it is not
    /// there, or this system cannot tell.
    /// </summary>
    public static unsafe (uint Major, uint Minor)? DeviceOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var told = stackalloc uint[64]; // the device is at 136 bytes, and always told
        return Statx(CurrentFolder, path, NoFollow, 0, told) == 0 ? (told[34], told[35]) : null;
    }

    /// <summary>
    /// Its number, which no other file or folder of its file system has, from wherever that is seen; null where it is
    /// not there, or this system cannot tell.
    /// </summary>
    public static unsafe ulong? NumberOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var told = stackalloc uint[64]; // at 32 bytes
        return Statx(CurrentFolder, path, 0, Number, told) == 0 ? *(ulong*)(told + 8) : null;
    }

    /// <summary>Its size in bytes, or whatever its file system means by that; 0 where that is not known.</summary>
    public static unsafe long SizeOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return 0;
        var told = stackalloc uint[64]; // at 40 bytes
        return Statx(CurrentFolder, path, 0, Size, told) == 0 ? *(long*)(told + 10) : 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, uint* into);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint EffectiveGroup();
}
