using System.Globalization;

namespace Amoeba.Machine;

/// <summary>Reads small kernel files below a root, which is "/" but in tests. What cannot be read is null.</summary>
internal sealed class MachineFiles(string root)
{
    internal string PathOf(string path) => Path.Combine(root, path.TrimStart('/'));

    internal string? Text(string path)
    {
        try
        {
            return File.ReadAllText(PathOf(path));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal string[] Lines(string path) => Text(path)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>The one number in a file; null also for "max".</summary>
    internal long? Number(string path) => Parse(Text(path));

    internal static long? Parse(ReadOnlySpan<char> text) =>
        long.TryParse(text.Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The number after a key in lines such as "MemTotal:  100 kB" or "inactive_file 100".</summary>
    internal long? Value(string path, string key)
    {
        foreach (var line in Lines(path))
        {
            var words = line.Split([' ', '\t', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[0] == key) return Parse(words[1]);
        }

        return null;
    }

    internal string? Link(string path)
    {
        try
        {
            return new FileInfo(PathOf(path)).LinkTarget;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal bool Exists(string path) => File.Exists(PathOf(path));

    /// <summary>True when this user may make folders in it.</summary>
    internal bool CanMakeIn(string folder)
    {
        try
        {
            // Root may where the mode says that nobody may; a mount that can only be read is found by opening a file.
            return Environment.IsPrivilegedProcess || (ModeOf(folder) & UnixFileMode.UserWrite) != 0;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private UnixFileMode ModeOf(string folder) =>
        OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(PathOf(folder));

    internal bool CanWrite(string path)
    {
        try
        {
            using var file = new FileStream(PathOf(path), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
