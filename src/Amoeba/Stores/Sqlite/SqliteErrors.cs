using Amoeba.Disk;
using Amoeba.Engine.Ports;

namespace Amoeba.Stores.Sqlite;

/// <summary>Turns SQLite's codes into errors for the reader. Codes that only a bug can cause stay bugs.</summary>
internal static class SqliteErrors
{
    public static Exception Of(int code, string detail, string path)
    {
        var said = $" (SQLite: {detail}, code {code})";
        return (code & 0xff) switch
        {
            SqliteApi.Corrupt or SqliteApi.NotADatabase => Damaged(path, said),
            SqliteApi.Full => new StoreUnusableException(
                FullDisk.Words("the store", path, "try again; `amoeba resume` goes on with a job that was accepted")
                + $" Nothing of this change was written.{said}"),
            SqliteApi.Busy or SqliteApi.Locked => new StoreUnusableException(
                $"The store {path} stayed locked by another program for too long. Nothing of this change was "
                + "written. Look for a program that holds it open (a SQLite shell, a backup), end it, and try "
                + $"again.{said}"),
            SqliteApi.ReadOnly or SqliteApi.Perm or SqliteApi.Auth => new StoreUnusableException(
                $"The store {path} may not be written. Make the file and its folder writable for you, or choose "
                + $"another place with --home.{said}")
            { IsReadOnly = true },
            SqliteApi.CannotOpen => new StoreUnusableException(
                $"The store {path} cannot be opened. Make sure that its folder exists and is writable for you, "
                + $"or choose another place with --home.{said}")
            { IsReadOnly = true },
            SqliteApi.IoError => new StoreUnusableException(
                $"Reading or writing the store {path} failed. Nothing of this change was written. Check the "
                + $"disk and the room on it.{said}"),
            _ => new InvalidOperationException($"SQLite refused a statement on {path}: {detail} (code {code})."),
        };
    }

    public static StoreUnusableException Damaged(string path, string said) => new(
        $"The store {path} is damaged or is not an Amoeba store. It was left as it is. Move it away to start "
        + $"with an empty one, or restore a copy.{said}");

    public static StoreUnusableException Newer(string path, long version, int known) => new(
        $"The store {path} was written by a newer Amoeba (its version is {version}, this one knows {known}). It "
        + "was left as it is. Update Amoeba, or choose another place with --home.");
}
