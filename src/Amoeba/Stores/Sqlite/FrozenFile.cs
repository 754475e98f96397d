namespace Amoeba.Stores.Sqlite;

/// <summary>
/// A store whose folder takes no files, such as a copy on a medium that is only read. SQLite wants an index beside the
/// write-ahead log, also to read. Where that index is missing nobody has the store open, for whoever has made it; so
/// the file can be read without one, as long as it does not change (https://sqlite.org/wal.html#read_only_databases).
/// </summary>
/// <param name="Length">Of the store's file, in bytes.</param>
/// <param name="Written">When it was.</param>
/// <param name="Log">Bytes of a log that was never put into the file, as of a store that was
/// copied while it was used.</param>
/// <param name="HasIndex">Somebody may have it open.</param>
internal sealed record FrozenFile(long Length, DateTime Written, long Log, bool HasIndex)
{
    public static FrozenFile Of(string path)
    {
        var (file, log) = (new FileInfo(path), new FileInfo(path + "-wal"));
        return new FrozenFile(
            file.Exists ? file.Length : -1, file.LastWriteTimeUtc,
            log.Exists ? log.Length : 0, File.Exists(path + "-shm"));
    }

    /// <summary>
    /// Reads a file with no log as one that never changes, and one with a log by an index of our own.
    /// </summary>
    public Db Open(string path)
    {
        if (Log == 0)
            return Db.Open($"file:{Escaped(path)}?immutable=1", path,
                SqliteApi.OpenReadOnly | SqliteApi.OpenUri, TimeSpan.Zero);
        var withoutLocks = OperatingSystem.IsWindows() ? "win32-none" : "unix-none";
        var db = Db.Open(path, path, SqliteApi.OpenReadOnly, TimeSpan.Zero, withoutLocks);
        try
        {
            // Alone, SQLite keeps the log's index in its own memory.
            db.Run("PRAGMA locking_mode = EXCLUSIVE");
            return db;
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    private static string Escaped(string path) => string.Join('/', Path.GetFullPath(path)
        .Replace(Path.DirectorySeparatorChar, '/').Split('/').Select(Uri.EscapeDataString));
}
