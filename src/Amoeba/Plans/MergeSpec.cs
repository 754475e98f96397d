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
    /// <summary>Of run and chat: of one attempt at the whole merge; a model's calls all together.</summary>
    public LimitSpec Limits { get; init; } = LimitSpec.Default;

    /// <summary>Of run: what its program is given, the plan's own variables among it.</summary>
    public IReadOnlyDictionary<string, Template> Env { get; init; } = new Dictionary<string, Template>();

    /// <summary>
    /// What a program has where the plan says nothing beside it: that of tasks. But it joins what many wrote, and reads
    /// all of it before it writes: it may write as much as is usual at least, and be silent.
    /// </summary>
    /// <param name="ofTasks">What the plan and the configuration say of tasks.</param>
    public static LimitSpec ProgramLimits(LimitSpec ofTasks) =>
        ofTasks with { Output = OutputOf(ofTasks), Stall = null };

    internal static long OutputOf(LimitSpec ofTasks) => Math.Max(ofTasks.Output, LimitSpec.Default.Output);

    /// <summary>It is done by a task of its own, with attempts like any other.</summary>
    public bool IsTask => Kind is MergeKind.Run or MergeKind.Chat;
}

/// <summary>A model joins the results.</summary>
/// <param name="Chat">What it is asked; `{results}` in the prompt is where they stand.</param>
/// <param name="Context">Tokens that one call may read and write together; null is the model's.</param>
internal sealed record ChatMergeSpec(ChatSpec Chat, int? Context)
{
    /// <summary>
    /// What it has where the plan says nothing beside it. The figures for tasks are of one call, and these calls follow
    /// each other level by level: they have an hour at least, and as many tokens as the budget leaves.
    /// </summary>
    /// <param name="ofTasks">What the plan and the configuration say of tasks.</param>
    public static LimitSpec DefaultLimits(LimitSpec ofTasks) => ofTasks with
    {
        Output = MergeSpec.OutputOf(ofTasks),
        Timeout = ofTasks.Timeout > LeastTimeout ? ofTasks.Timeout : LeastTimeout,
        Tokens = null,
    };

    private static TimeSpan LeastTimeout => TimeSpan.FromHours(1);
}
