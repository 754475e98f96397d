using System.Globalization;
using Amoeba.Disk;

namespace Amoeba.Outputs;

/// <summary>Names and opens the files of outputs: for their owner alone, with errors that say what and where.</summary>
internal static class OutputFiles
{
    private const UnixFileMode OwnFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

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
    public static IOException Failed(string path, Exception failed) => FullDisk.Is(failed)
        ? FullDisk.Error("the output", path, "go on with `amoeba resume`", failed)
        : new IOException($"The output {path} could not be written: {failed.Message}", failed);

    private static string Name(string prefix, int ordinal, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{ordinal}-{attempt}");
}
