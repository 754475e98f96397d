using System.Globalization;

namespace Amoeba.Disk;

/// <summary>
/// Knows a disk that is full when a write fails, and says so with where, how much is free and what to do.
/// </summary>
internal static class FullDisk
{
    private const int NoSpace = 28; // ENOSPC on Linux and macOS
    private const int OverQuota = 122; // EDQUOT on Linux
    private const int OverQuotaOfMac = 69; // EDQUOT on macOS
    private const int DiskFull = unchecked((int)0x80070070); // ERROR_DISK_FULL on Windows

    /// <summary>True for what the runtime throws, and not for what <see cref="Error"/> made of it.</summary>
    public static bool Is(Exception failed) => failed is IOException
        && (failed.HResult is NoSpace or DiskFull
            || (failed.HResult == OverQuota && OperatingSystem.IsLinux())
            || (failed.HResult == OverQuotaOfMac && OperatingSystem.IsMacOS()));

    /// <param name="what">What was being written, such as `the output`.</param>
    /// <param name="path">Where.</param>
    /// <param name="then">What to do once there is room, such as `go on with ...`.</param>
    public static string Words(string what, string path, string then) =>
        $"There is no room left on the disk for {what} {path} ({Free(path)}). Free some space, then {then}.";

    public static IOException Error(string what, string path, string then, Exception failed) =>
        new(Words(what, path, then), failed);

    private static string Free(string path)
    {
        try
        {
            var free = new DriveInfo(Path.GetFullPath(Existing(path))).AvailableFreeSpace;
            return string.Create(CultureInfo.InvariantCulture,
                $"{free:#,0} {(free == 1 ? "byte" : "bytes")} free there");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "how much is free there cannot be told";
        }
    }

    /// <summary>What could not be written may not be there; its disk is that of a folder above.</summary>
    private static string Existing(string path)
    {
        while (!Path.Exists(path) && Path.GetDirectoryName(path) is { Length: > 0 } above) path = above;
        return path;
    }
}
