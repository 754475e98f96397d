namespace Amoeba.Cli.Terminal;

/// <summary>
/// Columns of text, each as wide as its widest cell. Where they are wider than the terminal, the last one goes on below
/// itself; where that leaves it no room, each row becomes a line of its first cells with the others named below. Lines
/// break between words.
/// </summary>
internal sealed class Table(params string[] headers)
{
    /// <summary>Columns that a last cell needs to be read.</summary>
    private const int LeastLast = 20;
    private const int LeastElastic = 12;
    private readonly List<string[]> _rows = [headers];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(TextWidth.Clean)]);

    /// <summary>Columns that its widest line takes.</summary>
    public int Width => Widths().Sum() + (2 * (headers.Length - 1));

    /// <param name="writer">Where to.</param>
    /// <param name="style">Colours.</param>
    /// <param name="width">Columns there are.</param>
    /// <param name="stateColumn">The one that holds states, which have colours.</param>
    /// <param name="elastic">One that may be cut, so that the last has room.</param>
    public void Write(TextWriter writer, Style style, int width, int? stateColumn = null, int? elastic = null)
    {
        var widths = Widths();
        var needed = Math.Min(widths[^1], LeastLast);
        if (elastic is { } cut && width - Before(widths) < needed)
            widths[cut] =
                Math.Min(widths[cut], Math.Max(LeastElastic, widths[cut] - (needed - width + Before(widths))));
        if (width - Before(widths) < needed) WriteList(writer, style, width, stateColumn);
        else WriteTable(writer, style, widths, width - Before(widths), stateColumn);
    }

    private void WriteTable(TextWriter writer, Style style, int[] widths, int room, int? stateColumn)
    {
        var below = "\n" + new string(' ', Before(widths));
        for (var line = 0; line < _rows.Count; line++)
        {
            var cells = _rows[line].Select((cell, i) => i == headers.Length - 1
                ? Wrapping.Wrap(cell, room, 0).Replace("\n", below, StringComparison.Ordinal)
                : TextWidth.Fit(cell, widths[i])).ToArray();
            if (line > 0 && stateColumn is { } column)
            {
                var word = _rows[line][column];
                cells[column] = cells[column].Replace(word, style.State(word), StringComparison.Ordinal);
            }

            var text = string.Join("  ", cells).TrimEnd();
            writer.WriteLine(line == 0 ? style.Dim(text) : text);
        }
    }

    private void WriteList(TextWriter writer, Style style, int width, int? stateColumn)
    {
        foreach (var row in _rows.Skip(1))
        {
            writer.WriteLine(style.Bold(row[0]) + (stateColumn is { } state ? "  " + style.State(row[state]) : ""));
            var facts = Enumerable.Range(1, headers.Length - 1).Where(i => i != stateColumn && row[i].Length > 0)
                .Select(i => $"{headers[i].ToLowerInvariant()}: {row[i]}");
            writer.WriteLine(Wrapping.Wrap("  " + string.Join(", ", facts), width, 2));
        }
    }

    private static int Before(int[] widths) => widths[..^1].Sum() + (2 * (widths.Length - 1));

    private int[] Widths() =>
        [.. Enumerable.Range(0, headers.Length).Select(i => _rows.Max(row => TextWidth.Of(row[i])))];
}
