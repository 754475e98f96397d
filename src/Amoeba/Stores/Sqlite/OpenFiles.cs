namespace Amoeba.Stores.Sqlite;

/// <summary>
/// Which database files this process has connections to. POSIX drops all of a process's locks on a file as soon as the
/// process closes any descriptor of it. Were a file that SQLite has open opened and closed beside it, other programs
/// would take its connections for gone, and the last of them would remove the log under a living writer.
/// </summary>
internal static class OpenFiles
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, int> Counts = new(StringComparer.Ordinal);

    /// <summary>Called before a connection is made.</summary>
    public static void Add(string path)
    {
        var full = Path.GetFullPath(path);
        lock (Gate) Counts[full] = Counts.GetValueOrDefault(full) + 1;
    }

    /// <summary>Called after a connection is closed.</summary>
    public static void Remove(string path)
    {
        var full = Path.GetFullPath(path);
        lock (Gate)
        {
            if (--Counts[full] == 0) Counts.Remove(full);
        }
    }

    /// <summary>
    /// Looks at the file itself where no connection of this process can be hurt by that;
    /// otherwise gives the other value.
    /// </summary>
    public static T Look<T>(string path, Func<T> look, T open)
    {
        lock (Gate) return Counts.ContainsKey(Path.GetFullPath(path)) ? open : look();
    }
}
