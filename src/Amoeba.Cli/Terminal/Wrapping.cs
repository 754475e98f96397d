using System.Text;

namespace Amoeba.Cli.Terminal;

/// <summary>
/// Breaks lines between words where they are longer than a terminal is wide; a terminal breaks within words.
/// </summary>
internal static class Wrapping
{
    /// <summary>Narrower than this, a text beside a column of names has no room: it goes below them.</summary>
    public const int Narrow = 60;

    /// <summary>Columns that text on standard output may have; a pipe takes any.</summary>
    public static int WidthOf(CliConsole console) =>
        console.OutputIsTerminal && console.Size().Width is > 0 and var width ? width : int.MaxValue;

    /// <summary>Likewise on standard error.</summary>
    public static int WidthOfError(CliConsole console) =>
        console.ErrorIsTerminal && console.Size().Width is > 0 and var width ? width : int.MaxValue;

    /// <summary>The line, with each further one indented; a word that is longer than the width stays whole.</summary>
    public static string Wrap(string line, int width, int indent)
    {
        if (TextWidth.Of(line) <= width) return line;
        var text = new StringBuilder();
        var (used, start) = (0, true);
        var lead = line.Length - line.TrimStart().Length;
        foreach (var word in Words(line[lead..]))
        {
            if (start) text.Append(' ', used = lead);
            else if (used + 1 + TextWidth.Of(word) > width) text.Append('\n').Append(' ', used = indent);
            else (text, used) = (text.Append(' '), used + 1);
            text.Append(word);
            used += TextWidth.Of(word);
            start = false;
        }

        return text.ToString();
    }

    /// <summary>A figure and its unit are one word: `8.5` at the end of a line says nothing.</summary>
    private static IEnumerable<string> Words(string text)
    {
        string? figure = null;
        foreach (var word in text.Split(' '))
        {
            if (figure is not null && !IsUnit(word))
            {
                yield return figure;
                figure = null;
            }

            if (figure is not null) yield return $"{figure} {word}";
            else if (word.Length == 0 || !char.IsAsciiDigit(word[^1])) yield return word;
            figure = figure is null && word.Length > 0 && char.IsAsciiDigit(word[^1]) ? word : null;
        }

        if (figure is not null) yield return figure;
    }

    private static bool IsUnit(string word) =>
        word.TrimEnd('.', ',', ';', ':', ')') is "ms" or "s" or "min" or "h" or "KB" or "MB" or "GB";
}
