using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>The items of a file, by its ending. Empty lines hold no item.</summary>
internal static class FileItems
{
    /// <param name="folder">What a relative path is relative to.</param>
    /// <param name="file">The path as the plan writes it.</param>
    /// <exception cref="PlanException">
    /// The file is missing, no UTF-8, or not of its format; thrown while items are read.
    /// </exception>
    public static IEnumerable<Item> Read(string folder, string file)
    {
        using var reader = LineReader.Open(Path.Combine(folder, file), file);
        var items = Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".csv" => CsvRows.Items(reader, file),
            ".jsonl" or ".ndjson" => JsonLines(reader, file),
            _ => Lines(reader, file),
        };
        foreach (var item in items) yield return item;
    }

    private static IEnumerable<Item> Lines(StreamReader reader, string file) =>
        LineReader.Lines(reader, file).Where(line => line.Line.Length > 0).Select(line => new TextItem(line.Line));

    private static IEnumerable<Item> JsonLines(StreamReader reader, string file)
    {
        foreach (var (number, line) in LineReader.Lines(reader, file))
        {
            if (!string.IsNullOrWhiteSpace(line)) yield return Parse(line, $"{file}:{number}");
        }
    }

    private static Item Parse(string line, string where)
    {
        try
        {
            return Item.Parse(line);
        }
        catch (PlanException exception)
        {
            throw new PlanException($"{where}: {exception.Message}");
        }
    }
}
