using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>
/// Files that match patterns: each once, in ordinal order, with forward slashes, as relative as the pattern.
/// </summary>
internal static class GlobItems
{
    /// <exception cref="PlanException">A folder that a pattern names is missing or cannot be read.</exception>
    public static IEnumerable<Item> Read(string folder, IReadOnlyList<string> patterns, CancellationToken cancel)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pattern in patterns.SelectMany(GlobPattern.Alternatives))
        {
            var root = Path.GetPathRoot(pattern) ?? "";
            var walk = new Walk(pattern, Parts(pattern[root.Length..]), found, cancel);
            walk.From(root.Length > 0 ? root : folder, root, 0);
        }

        var sorted = found.ToArray();
        Array.Sort(sorted, StringComparer.Ordinal);
        return sorted.Select(path => new TextItem(path));
    }

    private static string[] Parts(string pattern)
    {
        var parts = new List<string>();
        foreach (var part in pattern.Split(['/', Path.DirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
        {
            // Two `**` in a row mean what one means, and would walk the tree once for every folder.
            if (part != "." && (part != "**" || parts.Count == 0 || parts[^1] != "**")) parts.Add(part);
        }

        return [.. parts];
    }

    private sealed class Walk(string pattern, string[] parts, HashSet<string> found, CancellationToken cancel)
    {
        /// <param name="folder">Where we are.</param>
        /// <param name="shown">How results name it: empty, or ending in a slash.</param>
        /// <param name="at">The next part of the pattern.</param>
        public void From(string folder, string shown, int at)
        {
            cancel.ThrowIfCancellationRequested();
            if (at == parts.Length) return;
            var (part, last) = (parts[at], at == parts.Length - 1);
            if (part == "**")
            {
                // As the last part, `**` is every file below.
                if (last) Files(folder, shown, "*");
                else From(folder, shown, at + 1);
                foreach (var (path, name, link) in Folders(folder))
                {
                    // A link could lead back up.
                    if (!link && name[0] != '.') Into(path, $"{shown}{name}/", at);
                }
            }
            else if (GlobPattern.IsLiteral(part))
            {
                Literal(Path.Combine(folder, part), shown + part, at, last);
            }
            else if (last)
            {
                Files(folder, shown, part);
            }
            else
            {
                foreach (var (path, name, _) in Folders(folder))
                {
                    if (GlobPattern.Matches(part, name)) Into(path, $"{shown}{name}/", at + 1);
                }
            }
        }

        private void Literal(string path, string shown, int at, bool last)
        {
            if (last)
            {
                if (File.Exists(path)) found.Add(shown);
            }
            else if (Directory.Exists(path))
            {
                From(path, shown + "/", at + 1);
            }
            else if (parts.Take(at).All(GlobPattern.IsLiteral))
            {
                throw new PlanException($"{pattern}: there is no such folder ({path}).");
            }
        }

        private void Files(string folder, string shown, string part)
        {
            foreach (var entry in Entries(folder))
            {
                if (entry is not FileInfo || !GlobPattern.Matches(part, entry.Name)) continue;
                RefuseUnreadable(entry.FullName);
                Add(shown + entry.Name);
            }
        }

        private void Into(string folder, string shown, int at)
        {
            RefuseUnreadable(folder);
            From(folder, shown, at);
        }

        /// <summary>
        /// An item is text, and a name that is not UTF-8 arrives with marks in place of its bytes: no program could
        /// open it by that name. The mark may also be a part of the name itself, which is then found by it.
        /// </summary>
        private void RefuseUnreadable(string path)
        {
            if (!path.Contains('\uFFFD', StringComparison.Ordinal) || IsThere(path)) return;
            var name = Path.GetFileName(path).Replace("\uFFFD", "\\x??", StringComparison.Ordinal);
            throw new PlanException(PlanErrors.Clean(
                $"{pattern}: in the folder {Path.GetDirectoryName(path)} is a name that is not UTF-8: \"{name}\" (each "
                + "\\x?? stands for bytes that cannot be read). Rename it, or give a pattern that leaves it out."));
        }

        private static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

        private IEnumerable<(string Path, string Name, bool Link)> Folders(string folder) =>
            from entry in Entries(folder)
            where entry is DirectoryInfo
            select (entry.FullName, entry.Name, entry.LinkTarget is not null);

        private void Add(string path)
        {
            if (found.Add(path) && found.Count > EachBinder.MaxItems)
            {
                throw new PlanException($"{pattern}: more than {EachBinder.MaxItems} files match.");
            }
        }

        private FileSystemInfo[] Entries(string folder)
        {
            try
            {
                return new DirectoryInfo(folder).GetFileSystemInfos();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new PlanException($"{pattern}: the folder {folder} cannot be read: {exception.Message}");
            }
        }
    }
}
