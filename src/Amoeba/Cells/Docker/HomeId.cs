using System.Globalization;
using System.Security.Cryptography;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>
/// Tells a home from every other that uses the same daemon. Its path does not: two containers that share a daemon's
/// socket, or two machines, may have one each at the same place, and see nothing of each other's parents.
/// </summary>
internal static class HomeId
{
    private const int Length = 32;

    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static string Of(string home)
    {
        if (Find(home) is { } known) return known;
        var file = FileOf(home);
        var folder = Path.GetDirectoryName(file)!;
        Directory.CreateDirectory(folder);
        using (FolderLock.Take(folder))
        {
            // Another parent may have been faster.
            if (Find(home) is { } made) return made;
            // What is there and says nothing was cut short when the machine went down, and with it all containers.
            var beside = file + ".new";
            File.WriteAllText(beside, RandomNumberGenerator.GetHexString(Length, lowercase: true));
            File.Move(beside, file, overwrite: true);
        }

        return Find(home) ?? throw new IOException($"{file} is not readable as the id of this home; remove it");
    }

    /// <summary>Null where none was made yet.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string? Find(string home)
    {
        try
        {
            var id = File.ReadAllText(FileOf(home));
            // A home that is copied takes the file along, and is another folder.
            return id.Length == Length
                ? string.Create(CultureInfo.InvariantCulture, $"{id}-{FileOwner.NumberOf(home) ?? 0}")
                : null;
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException closed)
        {
            throw new IOException(closed.Message, closed);
        }
    }

    private static string FileOf(string home) => Path.Combine(home, "run", "id");
}
