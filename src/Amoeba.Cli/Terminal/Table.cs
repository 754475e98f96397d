namespace Amoeba.Cli.Terminal;

/// <summary>Columns of text, each as wide as its widest cell; the last one may run on.</summary>
internal sealed class Table(params string[] headers)
{
    private readonly List<string[]> _rows = [headers];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(TextWidth.Clean)]);

    /// <summary>Columns that its widest line takes.</summary>
    public int Width => Widths().Sum() + (2 * (headers.Length - 1));

    public void Write(TextWriter writer, Style style, int? stateColumn = null)
    {
        var widths = Widths();
        for (var line = 0; line < _rows.Count; line++)
        {
            var cells = _rows[line].Select((cell, i) => i == headers.Length - 1 ? cell : TextWidth.Fit(cell, widths[i])).ToArray();
            if (line > 0 && stateColumn is { } column)
            {
                var word = _rows[line][column];
                cells[column] = cells[column].Replace(word, style.State(word), StringComparison.Ordinal);
            }

            var text = string.Join("  ", cells).TrimEnd();
            writer.WriteLine(line == 0 ? style.Dim(text) : text);
        }
    }

    private int[] Widths() =>
        [.. Enumerable.Range(0, headers.Length).Select(i => _rows.Max(row => TextWidth.Of(row[i])))];
}
