using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>
/// The items of a job, by stage and number, after it was spooled: the same ones whatever became of their sources. Items
/// that flow from another task are those that have come so far.
/// </summary>
internal sealed class JobItems : IDisposable
{
    private readonly IReadOnlyList<StageManifest> _manifests;
    private readonly int[] _sources;
    private readonly IItems?[] _stages;
    private readonly SpoolFile? _file;
    private readonly Dictionary<int, GroupReader> _groups = [];

    private JobItems(PlanSpec plan, IReadOnlyList<StageManifest> manifests, IItems?[] stages, SpoolFile? file)
    {
        (_manifests, _stages, _file) = (manifests, stages, file);
        var index = new Dictionary<string, int>();
        foreach (var task in plan.Tasks) index.Add(task.Id, index.Count);
        _sources = new int[plan.Tasks.Count];
        for (var task = 0; task < _sources.Length; task++)
            _sources[task] = plan.Tasks[task].From is { } from ? index[from] : -1;
    }

    /// <param name="plan">The job's plan; inline items may have been left out.</param>
    /// <param name="stages">What <see cref="ItemSpooler"/> returned.</param>
    /// <param name="target">The job's folder under `spool`.</param>
    /// <exception cref="InvalidDataException">The spool is missing or damaged.</exception>
    public static JobItems Open(PlanSpec plan, IReadOnlyList<StageManifest> stages, string target)
    {
        var needed = stages.Any(stage => stage is { Stored: true, Count: > 0 });
        var file = needed ? new SpoolFile(target) : null;
        if (file is not null && file.Count < stages.Where(stage => stage.Stored).Sum(stage => stage.Count))
        {
            file.Dispose();
            throw new InvalidDataException($"{target}: the spool holds fewer items than the job has.");
        }

        return new JobItems(plan, stages,
            [.. plan.Tasks.Select((task, i) => Stage(task, stages[i], file, target, i))], file);
    }

    /// <summary>The items of one entry of the plan; null where it has no `each`.</summary>
    public IItems? this[int stage] => _stages[stage];

    /// <summary>Items of one entry of the plan by now; 1 for a task without `each`.</summary>
    public int CountOf(int stage) => (int)(_stages[stage]?.Count ?? 1);

    /// <summary>The items of one entry that flow from another; null for every other source.</summary>
    public FlowItems? FlowOf(int stage) => _stages[stage] as FlowItems;

    /// <summary>
    /// Of the items that have flowed into a stage so far the number of each one's group; null without groups. Not safe
    /// from several threads.
    /// </summary>
    public IReadOnlyList<int>? GroupsOf(PlanSpec plan, int stage)
    {
        if (plan.Tasks[stage].Group is not { } group || FlowOf(stage) is not { } flow) return null;
        if (!_groups.TryGetValue(stage, out var reader)) _groups.Add(stage, reader = new GroupReader(plan, group));
        for (var item = reader.Groups.Count; item < flow.Count; item++) reader.Add(flow.Read(item), item);
        return reader.Groups;
    }

    /// <summary>
    /// The stretches of a stage's items that make up its plan order. Items that flow come in the order in which results
    /// appear; in the plan's order they stand as the results do that they are of.
    /// </summary>
    public IReadOnlyList<ItemRun> RunsOf(int stage)
    {
        if (FlowOf(stage) is not { } flow) return [new ItemRun(0, CountOf(stage))];
        var chunks = flow.Chunks;
        var source = _sources[stage];
        var first = 0;
        for (var i = 0; i < source; i++) first += _manifests[i].Space;
        var place = PlacesOf(source);
        return [.. chunks.Where(chunk => chunk.Count > 0).OrderBy(chunk => place(chunk.Source - first))
            .Select(chunk => new ItemRun(chunk.First, chunk.Count))];
    }

    public void Dispose()
    {
        _file?.Dispose();
        foreach (var flow in _stages.OfType<FlowItems>()) flow.Dispose();
    }

    /// <summary>Where an item stands in its stage's plan order.</summary>
    private Func<int, long> PlacesOf(int stage)
    {
        if (FlowOf(stage) is null) return item => item;
        var runs = RunsOf(stage);
        var (firsts, places) = (new int[runs.Count], new long[runs.Count]);
        long before = 0;
        for (var i = 0; i < runs.Count; i++)
        {
            (firsts[i], places[i]) = (runs[i].First, before);
            before += runs[i].Count;
        }

        Array.Sort(firsts, places);
        return item =>
        {
            var found = Array.BinarySearch(firsts, item);
            var run = found >= 0 ? found : ~found - 1;
            return places[run] + item - firsts[run];
        };
    }

    private static IItems? Stage(TaskSpec task, StageManifest stage, SpoolFile? file, string target, int index) =>
        task.Each switch
        {
            null => null,
            RangeEach range => new RangeItems(range),
            MatrixEach matrix => new MatrixItems(matrix),
            FromEach => new FlowItems(target, index),
            _ when file is null => new RangeItems(new RangeEach(1, 0, 1)),
            _ => new SpooledItems(file, stage.First, stage.Count),
        };
}

/// <summary>Items that stand one after the other.</summary>
internal readonly record struct ItemRun(int First, int Count);
