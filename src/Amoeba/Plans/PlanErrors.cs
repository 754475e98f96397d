namespace Amoeba.Plans;

/// <summary>Gathers what is wrong with one text, so that several mistakes are told at once.</summary>
internal sealed class PlanErrors(string sourceName)
{
    private const int Told = 5;
    private readonly SortedSet<(NodePosition At, int Order, string Text)> _found = new(
        Comparer<(NodePosition At, int Order, string Text)>.Create((a, b) =>
            (a.At.Line, a.At.Column, a.Order).CompareTo((b.At.Line, b.At.Column, b.Order))));
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private readonly List<(NodePosition At, string Text)> _warnings = [];

    /// <summary>What is no mistake, but is not what it seems either.</summary>
    public IReadOnlyList<string> Warnings =>
        [.. _warnings.OrderBy(warning => (warning.At.Line, warning.At.Column)).Select(warning => warning.Text)];

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
        if (_texts.Add(text)) _found.Add((at, _found.Count, text));
    }

    /// <summary>Warns where a name stands for the first time; a plan of many tasks would say the same of each.</summary>
    public void Warn(string name, NodePosition at, string path, string message)
    {
        if (_warned.Add(name)) _warnings.Add((at, Format(sourceName, at, path, message)));
    }

    /// <exception cref="PlanException">Something was found.</exception>
    public void ThrowIfAny()
    {
        if (!Any) return;
        var lines = _found.Take(Told).Select(error => error.Text);
        if (_found.Count > Told) lines = lines.Append($"{sourceName}: and {_found.Count - Told} more.");
        throw new PlanException(string.Join('\n', lines));
    }
}
