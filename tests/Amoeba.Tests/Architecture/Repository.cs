namespace Amoeba.Tests.Architecture;

/// <summary>The files of this repository, found from where the tests were built to.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The C# files under a folder of the root, as paths that begin there.</summary>
    public static IEnumerable<string> Sources(string folder = "src") => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"))
        .Order(StringComparer.Ordinal);

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>The cells of a document's Markdown tables whose first heading is this, a row an entry.</summary>
    public static IEnumerable<string[]> Table(IEnumerable<string> document, string firstHeading)
    {
        var inside = false;
        foreach (var line in document)
        {
            string[] cells =
                line.StartsWith('|') ? [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())] : [];
            inside = cells.Length > 0 && (inside || cells[0] == firstHeading);
            if (inside && cells[0] != firstHeading && !cells[0].StartsWith("--", StringComparison.Ordinal))
                yield return cells;
        }
    }

    /// <summary>What stands between backticks.</summary>
    public static IEnumerable<string> Quoted(string cell) => cell.Split('`').Where((_, i) => i % 2 == 1);

    private static string Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Amoeba.slnx"))) return at.FullName;
        }

        throw new InvalidOperationException(
            $"No folder above {folder} has Amoeba.slnx; the tests run from a checkout.");
    }
}
