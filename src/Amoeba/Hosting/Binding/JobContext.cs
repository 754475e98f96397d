using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Binding;

/// <summary>What the binder has to know of a job; nothing in it changes while the job lives.</summary>
/// <param name="id">The job.</param>
/// <param name="plan">Its plan with variables laid over it.</param>
/// <param name="folder">Where its tasks work; full path.</param>
/// <param name="stages">The plan's tasks in plan order, their ordinals one after the other.</param>
internal sealed class JobContext(string id, PlanSpec plan, string folder, IReadOnlyList<StageContext> stages)
{
    public string Id => id;

    public PlanSpec Plan => plan;

    public string Folder => folder;

    public IReadOnlyList<StageContext> Stages => stages;

    /// <summary>The merge's earlier result was counted on when it was worked out what costs money.</summary>
    public bool IsMergeCountedOn { get; init; }

    /// <summary>
    /// Variables of whoever asked for the job, for the names that the configuration lists; a name that is not here is
    /// taken from this process. They are in memory only.
    /// </summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Its tasks run in containers, which see its folder and its inputs, and nothing else of this machine.
    /// </summary>
    public bool IsContained { get; init; }

    /// <summary>The id of the image that these are made from, as it was approved; null without containers.</summary>
    public string? Image { get; init; }

    /// <summary>Those whose results a merge joins: all, but for what flowed on into others.</summary>
    public IEnumerable<StageContext> Merged
    {
        get
        {
            var flowed = plan.Tasks.Select(task => task.From).OfType<string>().ToHashSet(StringComparer.Ordinal);
            return stages.Where(stage => !flowed.Contains(stage.Task.Id));
        }
    }

    /// <summary>The ordinal of the merge's own task: one past the last item.</summary>
    public int MergeOrdinal => stages.Count == 0 ? 0 : stages[^1].First + stages[^1].Space;
}

/// <summary>One task of the plan with where its items stand in the job.</summary>
/// <param name="Task">The task.</param>
/// <param name="First">Ordinal of its first item.</param>
/// <param name="Space">Ordinals that are its: as many as it has items, or may come to have.</param>
/// <param name="Items">Its items; null for a task without `each`.</param>
internal sealed record StageContext(TaskSpec Task, int First, int Space, IItems? Items)
{
    /// <summary>
    /// By item, whether its earlier result was counted on when it was worked out what costs money; null is none.
    /// </summary>
    public IReadOnlyList<bool>? CountedOn { get; init; }

    /// <summary>Gives the stretches of its items by now in plan order; null where they are one stretch.</summary>
    public Func<IReadOnlyList<ItemRun>>? FindRuns { get; init; }

    /// <summary>The stretches of its items by now, in plan order.</summary>
    public IReadOnlyList<ItemRun> Runs => FindRuns?.Invoke() ?? [new ItemRun(0, Space)];
}
