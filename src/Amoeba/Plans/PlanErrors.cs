namespace Amoeba.Plans;

/// <summary>Gathers what is wrong with one text, so that several mistakes are told at once.</summary>
internal sealed class PlanErrors(string sourceName)
{
    private const int Told = 5;
    private readonly List<Note> _found = [];
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private readonly List<Note> _warnings = [];

    /// <summary>What is no mistake, but is not what it seems either.</summary>
    public IReadOnlyList<string> Warnings => [.. InOrder(_warnings)];

    public bool Any => _found.Count > 0;

    /// <summary>More than is told was found, so that looking for good advice is a waste.</summary>
    public bool Full => _found.Count > Told;

    /// <summary>Text from a file as it may be shown on a terminal, in one line.</summary>
    public static string Clean(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;

    /// <summary>
    /// A line such as `plan.yaml:4:3: do.runn: unknown name.` What has no position is in no text, such as a flag: it is
    /// told by its path alone.
    /// </summary>
    public static string Format(string sourceName, NodePosition at, string path, string message)
    {
        if (at.Line == 0) return Clean($"{path}: {message}");
        return Clean($"{sourceName}:{at.Line}:{at.Column}: {(path.Length == 0 ? "" : path + ": ")}{message}");
    }

    public void Add(NodePosition at, string path, string message)
    {
        var text = Format(sourceName, at, path, message);
        if (_texts.Add(text)) _found.Add(new Note(at, text));
    }

    /// <summary>
    /// Warns where a name stands for the first time; a plan of many tasks would say the same of each.
    /// </summary>
    public void Warn(string name, NodePosition at, string path, string message)
    {
        if (_warned.Add(name)) _warnings.Add(new Note(at, Format(sourceName, at, path, message)));
    }

    /// <exception cref="PlanException">Something was found.</exception>
    public void ThrowIfAny()
    {
        if (!Any) return;
        var lines = InOrder(_found).Take(Told);
        if (_found.Count > Told) lines = lines.Append($"{sourceName}: and {_found.Count - Told} more.");
        throw new PlanException(string.Join('\n', lines));
    }

    /// <summary>As they stand in the text; what stands at one place in the order in which it was noted.</summary>
    private static IEnumerable<string> InOrder(List<Note> notes) =>
        notes.OrderBy(note => note.At.Line).ThenBy(note => note.At.Column).Select(note => note.Text);

    private sealed record Note(NodePosition At, string Text);
}
