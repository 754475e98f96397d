using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Reading;

/// <summary>A task as faces show it, whether or not the store has a row for it.</summary>
internal sealed record TaskView
{
    public required StageView Stage { get; init; }

    public required int Ordinal { get; init; }

    /// <summary>Place of its first item within its stage, from 0.</summary>
    public int Index => Ordinal - Stage.First;

    /// <summary>Items in it: 1, or up to `batch`.</summary>
    public required int Count { get; init; }

    public required TaskState State { get; init; }

    public int Attempt { get; init; }

    /// <summary>Of its newest attempt; null before it ended.</summary>
    public double? Seconds { get; init; }

    public DateTimeOffset? Started { get; init; }

    public string? Child { get; init; }

    public string? Error { get; init; }

    public OutputRef Output { get; init; } = OutputRef.None;

    public AttemptFigures? Figures { get; init; }

    /// <summary>The attempts before its newest, oldest first.</summary>
    public IReadOnlyList<EarlierAttempt> Earlier { get; init; } = [];

    /// <summary>Its items; empty for a task without `each`.</summary>
    public IReadOnlyList<Item> Items { get; init; } = [];

    /// <summary>As people name it: `parse`, or `each[3]` with its index.</summary>
    public string Name => Stage.HasItems ? $"{Stage.Id}[{Index}]" : Stage.Id;
}

/// <summary>The tasks that one entry of the plan stands for.</summary>
/// <param name="Id">The entry's id.</param>
/// <param name="First">Ordinal of its first item.</param>
/// <param name="Items">Items in it; 1 for a task without `each`.</param>
/// <param name="Batch">Items per task.</param>
/// <param name="HasItems">It has `each`.</param>
/// <param name="IsMerge">The merge's own task, which is not among the plan's.</param>
internal sealed record StageView(string Id, int First, int Items, int Batch, bool HasItems, bool IsMerge)
{
    private readonly IReadOnlyList<ItemRun>? _runs;

    /// <summary>The stretches of its items in plan order: one, but where they flow from another task.</summary>
    public IReadOnlyList<ItemRun> Runs
    {
        get => _runs ?? [new ItemRun(0, Items)];
        init => _runs = value;
    }
}
