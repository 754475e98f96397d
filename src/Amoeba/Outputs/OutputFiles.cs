using System.Globalization;

namespace Amoeba.Outputs;

/// <summary>Names and opens the files of outputs: for their owner alone, with errors that say what and where.</summary>
internal static class OutputFiles
{
    private const UnixFileMode OwnFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int NoSpace = 28; // ENOSPC on Linux and macOS
    private const int OverQuota = 122; // EDQUOT on Linux
    private const int DiskFull = unchecked((int)0x80070070); // ERROR_DISK_FULL on Windows

    public const string LivePrefix = "live-";
    public const string SegmentPrefix = "seg-";

    public static string Live(int ordinal, int attempt) => Name(LivePrefix, ordinal, attempt);

    public static string Own(int ordinal, int attempt) => Name("out-", ordinal, attempt);

    public static string Segment(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{SegmentPrefix}{number:0000}");

    public static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnFolder);
    }

    /// <summary>Opens for writing. Others may read, rename and remove it meanwhile.</summary>
    public static FileStream Make(string path, FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnFile;
        return new FileStream(path, options);
    }

    public static FileStream OpenToRead(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Says of a write's failure what the reader can do.</summary>
    public static IOException Failed(string path, Exception failed) => new(
        failed.HResult is NoSpace or OverQuota or DiskFull
            ? $"There is no room left on the disk for the output {path}. Free some space, then go on with `amoeba resume`."
            : $"The output {path} could not be written: {failed.Message}",
        failed);

    private static string Name(string prefix, int ordinal, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{ordinal}-{attempt}");
}
