namespace Amoeba.Plans;

internal enum MergeKind
{
    /// <summary>Outputs one after the other, as they are.</summary>
    Concat,

    /// <summary>Outputs one after the other, each ending in a newline.</summary>
    Lines,

    /// <summary>One JSON array; an output that is JSON stays JSON, any other is a string.</summary>
    Json,

    /// <summary>As json, a value a line.</summary>
    Jsonl,

    /// <summary>A row an item: its fields and its output.</summary>
    Csv,

    /// <summary>A template filled in for each result.</summary>
    Markdown,

    /// <summary>A command that reads all results.</summary>
    Run,

    /// <summary>Results are left as they are; there is no merged output.</summary>
    None,
}

/// <summary>How results are joined, in plan order.</summary>
/// <param name="Kind">Which way.</param>
/// <param name="Template">Of markdown: `{item}`, `{item.field}`, `{index}`, `{output}`.</param>
/// <param name="Run">Of run: the command; a task of its own.</param>
internal sealed record MergeSpec(MergeKind Kind, Template? Template = null, RunSpec? Run = null);
