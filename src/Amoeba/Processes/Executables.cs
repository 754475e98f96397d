namespace Amoeba.Processes;

/// <summary>Finds the file that a program's name stands for, as a shell does.</summary>
internal static class Executables
{
    private const int MayExecute = 1;
    private const string UsualPath = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>
    /// Full path of the program: a name with a slash is taken from the working directory, any other is looked for in
    /// <paramref name="path"/> (the PATH the program itself will get; null is the system's usual one). Null when no
    /// such executable file exists.
    /// </summary>
    internal static string? Resolve(string name, string workingDirectory, string? path)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal)) return null;
        if (name.Contains('/', StringComparison.Ordinal)) return IfExecutable(Path.Combine(workingDirectory, name));
        foreach (var folder in (path ?? UsualPath).Split(':'))
        {
            // An empty entry means the current folder, by POSIX.
            var found = IfExecutable(Path.Combine(workingDirectory, folder, name));
            if (found is not null) return found;
        }

        return null;
    }

    private static string? IfExecutable(string file)
    {
        var full = Path.GetFullPath(file);
        return File.Exists(full) && Libc.Access(full, MayExecute) == 0 ? full : null;
    }
}
