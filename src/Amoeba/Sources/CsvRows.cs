using System.Text;
using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>
/// Rows of comma-separated values (RFC 4180): quoted fields may hold commas, doubled quotes and newlines.
/// </summary>
internal static class CsvRows
{
    public static IEnumerable<Item> Items(StreamReader reader, string shown)
    {
        string[]? header = null;
        foreach (var (line, row) in Rows(reader, shown))
        {
            if (header is null)
            {
                header = Header(row, shown);
                continue;
            }

            if (row.Count != header.Length)
            {
                throw new PlanException($"{shown}:{line}: the row has {row.Count} fields, the header {header.Length}.");
            }

            yield return ObjectItem.OfTexts(header.Zip(row, KeyValuePair.Create));
        }

        if (header is null)
            throw new PlanException(
                $"{shown}:1: the file is empty; expected a first row with the names of the columns.");
    }

    private static string[] Header(List<string> row, string shown)
    {
        for (var i = 0; i < row.Count; i++)
        {
            if (row[i].Length == 0) throw new PlanException($"{shown}:1: column {i + 1} has no name.");
            if (row.IndexOf(row[i]) != i) throw new PlanException($"{shown}:1: the column {row[i]} is there twice.");
        }

        return [.. row];
    }

    /// <summary>Rows with the line they begin on; empty lines are left out.</summary>
    private static IEnumerable<(long Line, List<string> Row)> Rows(StreamReader reader, string shown)
    {
        var row = new List<string>();
        var open = new StringBuilder();
        var (quoted, first) = (false, 0L);
        foreach (var (number, line) in LineReader.Lines(reader, shown))
        {
            if (!quoted)
            {
                if (line.Length == 0) continue;
                (row, first) = ([], number);
            }

            quoted = ReadLine(line, row, open, quoted, $"{shown}:{number}");
            if (open.Length > LineReader.MaxLine)
                throw new PlanException($"{shown}:{first}: a quoted field is too long.");
            if (!quoted) yield return (first, row);
        }

        if (quoted) throw new PlanException($"{shown}:{first}: a quote is not closed in the row that begins here.");
    }

    /// <summary>Adds a line's fields to the row; true: the last one goes on in the next line.</summary>
    private static bool ReadLine(string line, List<string> row, StringBuilder open, bool quoted, string where)
    {
        var i = 0;
        while (true)
        {
            if (quoted || (i < line.Length && line[i] == '"'))
            {
                if (!quoted) i++;
                if (!CloseQuote(line, ref i, open))
                {
                    open.Append('\n');
                    return true;
                }

                quoted = false;
                row.Add(open.ToString());
                open.Clear();
                if (i < line.Length && line[i] != ',')
                    throw new PlanException($"{where}: expected a comma after the closing quote.");
            }
            else
            {
                var comma = line.IndexOf(',', i);
                var end = comma < 0 ? line.Length : comma;
                row.Add(line[i..end]);
                i = end;
            }

            if (i >= line.Length) return false;
            i++;
        }
    }

    /// <summary>Takes a quoted field up to its closing quote, or up to the line's end, which is false.</summary>
    private static bool CloseQuote(string line, ref int i, StringBuilder open)
    {
        while (true)
        {
            var quote = line.IndexOf('"', i);
            if (quote < 0)
            {
                open.Append(line, i, line.Length - i);
                i = line.Length;
                return false;
            }

            open.Append(line, i, quote - i);
            i = quote + 1;
            if (i >= line.Length || line[i] != '"') return true;
            open.Append('"');
            i++;
        }
    }
}
