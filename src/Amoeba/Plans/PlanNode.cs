namespace Amoeba.Plans;

internal enum NodeKind
{
    Null,
    Bool,
    Number,
    Text,
    List,
    Map,
}

/// <summary>Where a node begins in its text; both count from 1, columns in characters.</summary>
internal readonly record struct NodePosition(int Line, int Column);

/// <summary>A name of a map with what stands behind it.</summary>
internal sealed record PlanEntry(string Name, NodePosition At, PlanNode Value);

/// <summary>
/// What YAML and JSON texts are read into before anything is understood. An alias shares its anchor's node.
/// </summary>
internal sealed class PlanNode(NodeKind kind, NodePosition at)
{
    public NodeKind Kind { get; } = kind;

    public NodePosition At { get; } = at;

    /// <summary>A scalar as it was written: a number keeps its digits.</summary>
    public string Text { get; init; } = "";

    public IReadOnlyList<PlanNode> Items { get; init; } = [];

    public IReadOnlyList<PlanEntry> Entries { get; init; } = [];

    public bool IsScalar => Kind is NodeKind.Bool or NodeKind.Number or NodeKind.Text;

    /// <summary>The kind in words, for messages.</summary>
    public string Words => Kind switch
    {
        NodeKind.Null => "nothing",
        NodeKind.List => Items.Count == 0 ? "an empty list" : "a list",
        NodeKind.Map => "a map",
        NodeKind.Bool or NodeKind.Number => Text,
        _ => Text.Length > 40 ? $"\"{Text[..40]}...\"" : $"\"{Text}\"",
    };
}

/// <summary>The text is no YAML or JSON, or is over a limit.</summary>
internal sealed class NodeException(NodePosition at, string message) : Exception(message)
{
    public NodePosition At { get; } = at;
}
