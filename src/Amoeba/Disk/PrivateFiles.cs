namespace Amoeba.Disk;

/// <summary>Files and folders that only their owner can open, from the moment they are there.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnFolder = OwnFile | UnixFileMode.UserExecute;

    /// <summary>Makes one folder where it is missing; what is above it gets the usual rights.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnFolder);
    }

    /// <summary>As <see cref="MakeFolder"/>, and takes the rights of others away where it was there before.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It is another user's.</exception>
    public static void CloseFolder(string path)
    {
        MakeFolder(path);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnFolder) != 0)
            File.SetUnixFileMode(path, OwnFolder);
    }

    /// <summary>Opens a file for writing that others may read and write at once.</summary>
    /// <exception cref="IOException">It cannot be opened or made.</exception>
    public static FileStream Open(string path, FileMode mode)
    {
        var options =
            new FileStreamOptions
            {
                Mode = mode,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                BufferSize = 0
            };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnFile;
        return new FileStream(path, options);
    }
}
