using System.Buffers;
using Amoeba.Plans;

namespace Amoeba.Merging;

/// <summary>
/// A table: a row a result, its item's fields and its output. Quoted as RFC 4180 says; lines end as they do on Unix,
/// which every reader takes and `head` and `cut` like.
/// </summary>
internal static class CsvMerge
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    public static void Write(IEnumerable<MergeRow> rows, MergeInput input, MergeSink sink)
    {
        var (hasTasks, hasTexts, fields) = Columns(rows);
        var header = new List<string>();
        if (hasTasks)
            header.Add("task");
        if (hasTexts)
            header.Add("item");
        Line(header.Concat(fields).Append("output"), sink);
        foreach (var row in rows)
        {
            var cells = new List<string>(fields.Count + 3);
            if (hasTasks)
                cells.Add(row.Item is null ? row.Task : "");
            if (hasTexts)
                cells.Add((row.Item as TextItem)?.Text ?? "");
            foreach (var field in fields)
                cells.Add(row.Item is ObjectItem item ? item.Field(field) ?? "" : "");
            cells.Add(input.Text(row));
            Line(cells, sink);
        }
    }

    /// <summary>Every field that any item has, in the order in which they come up.</summary>
    private static (bool HasTasks, bool HasTexts, List<string> Fields) Columns(IEnumerable<MergeRow> rows)
    {
        var (hasTasks, hasTexts) = (false, false);
        var (seen, fields) = (new HashSet<string>(StringComparer.Ordinal), new List<string>());
        foreach (var row in rows)
        {
            hasTasks |= row.Item is null;
            hasTexts |= row.Item is TextItem;
            foreach (var field in row.Item?.Fields ?? [])
                if (seen.Add(field))
                    fields.Add(field);
        }

        return (hasTasks, hasTexts, fields);
    }

    private static void Line(IEnumerable<string> cells, MergeSink sink)
    {
        var first = true;
        foreach (var cell in cells)
        {
            if (!first)
                sink.Write(","u8);
            first = false;
            sink.Write(cell.AsSpan().ContainsAny(Special)
                ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
                : cell);
        }

        sink.Write("\n"u8);
    }
}
