using System.Globalization;
using System.Runtime.InteropServices;

namespace Amoeba.Tests.Fakes;

/// <summary>A disk of a few bytes, so that it is really full. Skips the test where mounting is not allowed.</summary>
internal sealed partial class SmallDisk : IDisposable
{
    private const int Detach = 2; // MNT_DETACH
    private const ulong ReadOnly = 1; // MS_RDONLY
    private const ulong Remount = 32; // MS_REMOUNT
    private const ulong Bind = 4096; // MS_BIND

    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    public static SmallDisk Mount(string path, long bytes, bool readOnly = false)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux mounts a file system in memory.");
        Directory.CreateDirectory(path);
        var size = string.Create(CultureInfo.InvariantCulture, $"size={bytes}");
        Assert.SkipUnless(MountAt("tmpfs", path, "tmpfs", readOnly ? ReadOnly : 0, size) == 0, "Mounting needs root.");
        return new SmallDisk(path);
    }

    /// <summary>A folder at a second place, where nothing of it can be written.</summary>
    public static SmallDisk View(string of, string at)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux mounts a folder at a second place.");
        Directory.CreateDirectory(at);
        Assert.SkipUnless(MountAt(of, at, "", Bind, "") == 0, "Mounting needs root.");
        Assert.Equal(0, MountAt("", at, "", Bind | Remount | ReadOnly, ""));
        return new SmallDisk(at);
    }

    public void Dispose() => _ = Unmount(_path, Detach);

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountAt(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
