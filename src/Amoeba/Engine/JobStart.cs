using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Engine;

/// <summary>A job with everything that the engine needs to know of it.</summary>
internal sealed record JobStart
{
    public required JobRecord Record { get; init; }

    /// <summary>In plan order; the merge's own stage, where it has one, is last.</summary>
    public required IReadOnlyList<StagePlan> Stages { get; init; }

    public required Decision Decision { get; init; }

    /// <summary>What a person has to allow before it runs.</summary>
    public Asks Asks { get; init; }

    /// <summary>The autonomy is manual: the job may not become a split one by itself.</summary>
    public bool EverySplitAsks { get; init; }

    /// <summary>Hash of exactly what would run; an approval is bound to it.</summary>
    public string ApprovalHash { get; init; } = "";

    /// <summary>The answer of the one who asks is yes.</summary>
    public bool Yes { get; init; }

    public string By { get; init; } = "";

    public FailurePolicy OnFailure { get; init; }

    public MergeWay Merge { get; init; } = MergeWay.Edge;

    public ApprovalExpiry? Expiry { get; init; }

    /// <summary>What the whole job may use.</summary>
    public BudgetSpec Budget { get; init; } = BudgetSpec.None;

    /// <summary>The budget is not the plan's but one that a person gave since: it is kept with the job.</summary>
    public bool IsBudgetOwn { get; init; }
}

/// <summary>When a request for approval expires, and into which answer.</summary>
internal sealed record ApprovalExpiry(TimeSpan After, AnswerKind Answer);

internal enum MergeWay
{
    None,

    /// <summary>An edge joins the results when all tasks ended.</summary>
    Edge,

    /// <summary>A task of its own does: the last stage.</summary>
    Task,
}

/// <summary>What the engine knows of a stage: the tasks that one entry of the plan stands for.</summary>
internal sealed record StagePlan
{
    public required string Id { get; init; }

    /// <summary>Ordinal of its first item.</summary>
    public required int First { get; init; }

    /// <summary>Items in it at first; 1 for a task without `each`.</summary>
    public required int Items { get; init; }

    /// <summary>
    /// Index of the stage whose results are its items, each flowing on as it appears; null where all items are known.
    /// </summary>
    public int? From { get; init; }

    /// <summary>Items that one result of <see cref="From"/> is assumed to yield: what a simulation goes by.</summary>
    public int AssumedItems { get; init; }

    /// <summary>Of each group of items one runs at a time.</summary>
    public bool IsGrouped { get; init; }

    /// <summary>Of the items it has at first, by item: the number of its group.</summary>
    public IReadOnlyList<int>? Groups { get; init; }

    public int Batch { get; init; } = 1;

    /// <summary>Indexes of the stages that must have ended before.</summary>
    public IReadOnlyList<int> Needs { get; init; } = [];

    public int Retries { get; init; } = 2;

    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time without progress that ends an attempt; zero is off, or the tool's own to watch.</summary>
    public TimeSpan Stall { get; init; }

    public Priority Priority { get; init; } = Priority.Medium;

    public DateTimeOffset? Deadline { get; init; }

    public bool Idempotent { get; init; } = true;

    /// <summary>Its tasks start programs, which have a cap of their own.</summary>
    public bool Program { get; init; }

    /// <summary>Bytes that an attempt is expected to need.</summary>
    public long Memory { get; init; } = 1 << 20;

    /// <summary>Tokens that one task is expected to use; 0 for what uses none.</summary>
    public double Tokens { get; init; }

    /// <summary>US dollars that one task is expected to cost; 0 for what is free.</summary>
    public double CostUsd { get; init; }

    /// <summary>Expected seconds of one task.</summary>
    public float Seconds { get; init; }

    /// <summary>Expected seconds task by task; null where each has the same.</summary>
    public IReadOnlyList<float>? EachSeconds { get; init; }

    /// <summary>
    /// The merge's own stage: not counted among the plan's tasks, and not skipped when one of them fails.
    /// </summary>
    public bool IsMerge { get; init; }

    /// <summary>Tasks that its first items make before any batch is taken apart.</summary>
    public int Units => (Items + Batch - 1) / Batch;
}
