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

    /// <summary>A model that reads all results, as a tree where they outgrow one call.</summary>
    Chat,

    /// <summary>Results are left as they are; there is no merged output.</summary>
    None,
}

/// <summary>How results are joined, in plan order.</summary>
/// <param name="Kind">Which way.</param>
/// <param name="Template">Of markdown: `{item}`, `{item.field}`, `{index}`, `{output}`.</param>
/// <param name="Run">Of run: the command; a task of its own.</param>
/// <param name="Chat">Of chat: what the model is asked; a task of its own.</param>
internal sealed record MergeSpec(
    MergeKind Kind, Template? Template = null, RunSpec? Run = null, ChatMergeSpec? Chat = null)
{
    /// <summary>It is done by a task of its own, with attempts like any other.</summary>
    public bool IsTask => Kind is MergeKind.Run or MergeKind.Chat;
}

/// <summary>A model joins the results.</summary>
/// <param name="Chat">What it is asked; `{results}` in the prompt is where they stand.</param>
/// <param name="Context">Tokens that one call may read and write together; null is the model's.</param>
/// <param name="Limits">Of one attempt at the whole merge, all of its calls together.</param>
internal sealed record ChatMergeSpec(ChatSpec Chat, int? Context, LimitSpec Limits)
{
    /// <summary>Longer than a task's: the calls follow each other level by level.</summary>
    public static LimitSpec DefaultLimits { get; } = new() { Timeout = TimeSpan.FromHours(1) };
}
