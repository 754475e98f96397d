using Amoeba.Jobs;

namespace Amoeba.Plans;

/// <summary>A plan as it was asked for, validated, with shorthands written out and defaults applied.</summary>
internal sealed record PlanSpec
{
    public required string Name { get; init; }

    /// <summary>What the plan is for; changes nothing.</summary>
    public string? Description { get; init; }

    /// <summary>What learning is keyed by; derived from tool and name where the plan gives none.</summary>
    public required string Type { get; init; }

    /// <summary>In plan order. A plan of `each` with `do` has one, named <see cref="EachTask"/>.</summary>
    public required IReadOnlyList<TaskSpec> Tasks { get; init; }

    public MergeSpec? Merge { get; init; }

    /// <summary>A wish for up to this many children at once; null leaves it to the decision.</summary>
    public int? Children { get; init; }

    public CellKind Cell { get; init; } = CellKind.Auto;

    /// <summary>The least isolation that a cell has to give.</summary>
    public Isolation Isolation { get; init; }

    public Strategy Strategy { get; init; } = Strategy.Auto;

    public FailurePolicy OnFailure { get; init; } = FailurePolicy.Continue;

    public BudgetSpec Budget { get; init; } = BudgetSpec.None;

    public string Branch { get; init; } = "main";

    public int MaxDepth { get; init; } = 2;

    /// <summary>Results of earlier jobs are taken where nothing that they rest on changed.</summary>
    public bool Reuse { get; init; }

    /// <summary>Programs in docker cells reach the network; elsewhere they always do.</summary>
    public bool Network { get; init; }

    /// <summary>Defaults of `{vars.name}`, with `--set` already laid over them.</summary>
    public IReadOnlyDictionary<string, string> Vars { get; init; } = new Dictionary<string, string>();

    /// <summary>For whoever wrote the plan, with lines; not a part of it, and not stored.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The id of the one task of a plan that has `each` with `do`.</summary>
    public const string EachTask = "each";
}

internal enum Strategy
{
    Auto,
    Parallel,
    Sequential,
    Adaptive,
}

internal enum FailurePolicy
{
    /// <summary>Dependents of a failure are skipped, the rest goes on.</summary>
    Continue,

    /// <summary>The first failure ends the job.</summary>
    Stop,
}

/// <summary>One entry of the plan; with <see cref="Each"/> it stands for as many tasks as there are items.</summary>
internal sealed record TaskSpec
{
    public required string Id { get; init; }

    public string? Description { get; init; }

    /// <summary>Ids of the tasks whose outputs this one needs, in the listed order.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    public EachSpec? Each { get; init; }

    /// <summary>The task whose results are this one's items, as they appear; null for every other source.</summary>
    public string? From => (Each as FromEach)?.Task;

    /// <summary>Items per task; 1 without `batch`.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>What an item's group goes by: of each group one task runs at a time; null without `group`.</summary>
    public Template? Group { get; init; }

    /// <summary>The tool, followed by its fallbacks in order; never empty.</summary>
    public required IReadOnlyList<ToolSpec> Do { get; init; }

    public required string Type { get; init; }

    public string? Skill { get; init; }

    public Priority Priority { get; init; } = Priority.Medium;

    public DateTimeOffset? Deadline { get; init; }

    public LimitSpec Limits { get; init; } = LimitSpec.Default;

    /// <summary>What the parent itself runs; the task is done only when it succeeds.</summary>
    public ToolSpec? Verify { get; init; }

    public EstimateSpec Estimate { get; init; } = EstimateSpec.None;

    public IReadOnlyDictionary<string, Template> Env { get; init; } = new Dictionary<string, Template>();

    public string? Affinity { get; init; }

    /// <summary>An outside tracker's id, kept and shown.</summary>
    public string? Ref { get; init; }

    public bool Idempotent { get; init; } = true;
}

/// <summary>Limits of one attempt.</summary>
internal sealed record LimitSpec
{
    public static LimitSpec Default { get; } = new();

    /// <summary>Bytes.</summary>
    public long Memory { get; init; } = 256L * 1024 * 1024;

    /// <summary>Processors, of the task's whole process tree; null is no limit.</summary>
    public double? Cpu { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest time without progress; null is the tool's own default, zero is off.</summary>
    public TimeSpan? Stall { get; init; }

    /// <summary>Bytes.</summary>
    public long Output { get; init; } = 64L * 1024 * 1024;

    public int Processes { get; init; } = 64;

    /// <summary>Files that each process may have open at once.</summary>
    public int Files { get; init; } = 1024;

    /// <summary>Attempts after the first that a failure may cost.</summary>
    public int Retries { get; init; } = 2;

    public long? Tokens { get; init; }
}

/// <summary>Budget of the whole job; null is no limit.</summary>
internal sealed record BudgetSpec(long? Tokens, decimal? CostUsd, TimeSpan? Time, long? Memory)
{
    public static BudgetSpec None { get; } = new(null, null, null, null);
}

/// <summary>
/// What the plan expects of one task: figures, or templates such as `{item.seconds}` that are read per item.
/// </summary>
internal sealed record EstimateSpec(Figure? Seconds, Figure? Memory, Figure? Tokens)
{
    public static EstimateSpec None { get; } = new(null, null, null);
}

/// <summary>
/// A number, or a template that yields one for each item (bytes for memory, which may be written as "10MB").
/// </summary>
internal readonly record struct Figure(double Value, Template? Template);
