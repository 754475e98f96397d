using System.Text;

namespace Amoeba.Cli.Terminal;

/// <summary>
/// Lines that are drawn over themselves on a terminal, and leave nothing behind when they are cleared.
/// </summary>
internal sealed class LiveScreen(TextWriter terminal)
{
    private int _lines;

    public void Draw(IReadOnlyList<string> lines)
    {
        // One write, so that no half-drawn state is seen; each line is cleared behind its text.
        var text = new StringBuilder();
        Home(text);
        foreach (var line in lines) text.Append(line).Append("\e[K\n");
        text.Append("\e[J");
        terminal.Write(text.ToString());
        _lines = lines.Count;
    }

    public void Clear()
    {
        if (_lines == 0) return;
        var text = new StringBuilder();
        Home(text);
        terminal.Write(text.Append("\e[J").ToString());
        _lines = 0;
    }

    private void Home(StringBuilder text)
    {
        if (_lines > 0) text.Append("\e[").Append(_lines).Append('A');
        text.Append('\r');
    }
}
