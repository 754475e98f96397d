using System.Text.RegularExpressions;

namespace Amoeba.Tests.Architecture;

/// <summary>Holds the `using` lines of src against the table in ARCHITECTURE.md.</summary>
public sealed partial class ImportRulesTests
{
    private static readonly Dictionary<string, string[]> Table = Repository
        .Table(Repository.Lines("ARCHITECTURE.md"), "folder")
        .SelectMany(row => Repository.Quoted(row[0]),
            (row, folder) => (Folder: folder, Allowed: Repository.Quoted(row[2]).ToArray()))
        .ToDictionary(row => row.Folder, row => row.Allowed);

    [Fact]
    public void Folders_import_only_what_their_row_of_the_table_allows()
    {
        var wrong = new List<string>();
        foreach (var file in Repository.Sources())
        {
            var folder = FolderOf(file);
            if (RowOf(folder) is not { } row) continue; // told by the next test
            var lines = Repository.Lines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                if (Import().Match(lines[i]) is not { Success: true } import) continue;
                var target = (import.Groups[1].Value + import.Groups[2].Value).Replace('.', '/');
                if (IsAllowed(folder, row, target)) continue;
                var allowed = Table[row].Length == 0 ? "nothing of ours" : string.Join(", ", Table[row]);
                wrong.Add($"{file}:{i + 1}: {folder} may not import {target}; ARCHITECTURE.md allows {row}: {allowed}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void The_table_has_exactly_the_folders_that_exist()
    {
        var folders = Repository.Sources().Select(FolderOf).Distinct().ToList();
        var missing = folders.Where(folder => RowOf(folder) is null);
        var gone = Table.Keys.Where(row => !folders.Any(folder => IsIn(folder, row)));
        Assert.True(!missing.Any(),
            "without a row in the import table of ARCHITECTURE.md: " + string.Join(", ", missing));
        Assert.True(!gone.Any(),
            "in the import table of ARCHITECTURE.md, and nowhere else: " + string.Join(", ", gone));
    }

    [Fact]
    public void A_namespace_is_its_folder_except_for_what_embedding_programs_import()
    {
        var wrong = Repository.Sources()
            .Select(file => (File: file, Namespace: Namespace().Match(Repository.Text(file)).Groups[1].Value))
            .Where(found => found.Namespace.Length > 0 && found.Namespace != NamespaceOf(found.File))
            .Where(
                found =>
                    !(found.Namespace is "Amoeba" or "Microsoft.Extensions.DependencyInjection"
                        && IsIn(FolderOf(found.File), "Hosting")))
            .Select(found => $"{found.File}: namespace {found.Namespace}, expected {NamespaceOf(found.File)}");
        Assert.True(!wrong.Any(), string.Join('\n', wrong));
    }

    /// <summary>
    /// The row that speaks for a folder: its own, or that of a folder above that may import anything. So a new
    /// implementation beside others needs a row of its own.
    /// </summary>
    private static string? RowOf(string folder)
    {
        if (Table.ContainsKey(folder)) return folder;
        return Table.Keys.FirstOrDefault(row => IsIn(folder, row) && Table[row].Contains("*"));
    }

    /// <summary>
    /// A folder may import what is below it and above it; what is beside it only where the table says so.
    /// </summary>
    private static bool IsAllowed(string folder, string row, string target) =>
        IsIn(target, folder) || IsIn(folder, target)
        || Table[row].Any(allowed => allowed == "*" || allowed == target);

    private static bool IsIn(string folder, string outer) =>
        folder == outer || folder.StartsWith(outer + "/", StringComparison.Ordinal);

    /// <summary>
    /// `src/Amoeba/Engine/Ports/IStore.cs` is in Engine/Ports, `src/Amoeba.Cli/Json/Row.cs` in Cli/Json.
    /// </summary>
    private static string FolderOf(string file) =>
        NamespaceOf(file)["Amoeba".Length..].TrimStart('.').Replace('.', '/');

    private static string NamespaceOf(string file) => string.Join('.', file.Split('/')[1..^1]);

    /// <summary>Of `using static` and of an alias, which name a type, the namespace is what counts.</summary>
    [GeneratedRegex(@"^\s*(?:global\s+)?using\s+"
        + @"(?:Amoeba\.([\w.]+)|(?:static\s+|\w+\s*=\s*)Amoeba\.([\w.]+)\.\w+)\s*;")]
    private static partial Regex Import();

    [GeneratedRegex(@"^namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
