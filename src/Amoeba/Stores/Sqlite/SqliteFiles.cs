using Amoeba.Engine.Ports;

namespace Amoeba.Stores.Sqlite;

/// <summary>Makes the store's file and folder for their owner alone: prompts and outputs are nobody else's.</summary>
internal static class SqliteFiles
{
    private const UnixFileMode OwnFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void Make(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, OwnFolder);
            OpenFiles.Look(path, () => MakeFile(path), open: false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnusableException(
                $"The store {path} cannot be made: {refused.Message} Make its folder writable for you, or "
                + "choose another place with --home.",
                refused);
        }
    }

    private static bool MakeFile(string path)
    {
        if (File.Exists(path))
            return false;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        options.Share = FileShare.ReadWrite;
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnFile;
        new FileStream(path, options).Dispose();
        return true;
    }
}
