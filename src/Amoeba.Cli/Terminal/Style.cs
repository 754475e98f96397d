namespace Amoeba.Cli.Terminal;

/// <summary>Colours, where there is a terminal that wants them; otherwise plain text.</summary>
internal sealed class Style(bool on)
{
    public static Style ForError(CliConsole console) => new(console.ErrorIsTerminal && Wanted(console));

    public static Style ForOutput(CliConsole console) => new(console.OutputIsTerminal && Wanted(console));

    public string Bold(string text) => Wrap(text, "1");

    public string Dim(string text) => Wrap(text, "2");

    public string Good(string text) => Wrap(text, "32");

    public string Bad(string text) => Wrap(text, "31");

    public string Wait(string text) => Wrap(text, "33");

    /// <summary>The word for a state, in the colour that goes with it.</summary>
    public string State(string word) => word switch
    {
        "succeeded" => Good(word),
        "failed" or "cancelled" => Bad(word),
        "awaiting_approval" or "interrupted" or "paused" => Wait(word),
        _ => word,
    };

    private static bool Wanted(CliConsole console) =>
        string.IsNullOrEmpty(console.Variable("NO_COLOR")) && console.Variable("TERM") != "dumb";

    private string Wrap(string text, string code) => on && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
