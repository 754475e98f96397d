using System.Collections.Concurrent;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Binding;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Reusing;

/// <summary>
/// A job whose results may be used again. What its results are keyed by is worked out from its plan, its spool and its
/// rows when somebody asks, so that a run which nobody reuses pays nothing for it. Safe from any thread.
/// </summary>
internal sealed class EarlierJob
{
    private readonly JobRecord _record;
    private readonly IStoreReader _store;
    private readonly string _spool;
    private readonly PlanSpec _plan;
    private readonly IReadOnlyList<StageManifest> _manifests;
    private readonly (int Place, ReusableStage Stage)[] _stages;
    private readonly ReusableStage? _merge;
    private readonly Lazy<Stamps> _stamps;
    private readonly Lazy<UInt128?> _results;
    private readonly ConcurrentDictionary<UInt128, Lazy<Dictionary<UInt128, int>>> _keys = new();

    /// <param name="record">The job.</param>
    /// <param name="store">Where its rows are.</param>
    /// <param name="spool">Its folder under `spool`.</param>
    public EarlierJob(JobRecord record, IStoreReader store, string spool)
    {
        (_record, _store, _spool) = (record, store, spool);
        _plan = PlanJson.Read(record.PlanJson);
        _manifests = StageManifest.FromJson(record.StagesJson);
        _stages = [.. _plan.Tasks.Select((task, place) => (place, task)).Where(pair => ReusableStage.CanBe(pair.task))
            .Select(pair => (pair.place, new ReusableStage(_plan, pair.task, record.Folder)))];
        _merge = ReusableMerge.Of(_plan, record.Folder);
        _stamps = new(() => Stamps.Read(spool));
        _results = new(ResultsOf);
    }

    public string Id => _record.Id;

    public Stamps Stamps => _stamps.Value;

    /// <summary>A result under a key that tasks with this base give; null where it has none.</summary>
    public TaskRecord? Find(UInt128 stage, UInt128 key)
    {
        var keys = _keys.GetOrAdd(stage, wanted => new(() => KeysOf(wanted))).Value;
        return keys.TryGetValue(key, out var ordinal)
            && _store.FindTask(Id, ordinal) is { State: Jobs.TaskState.Succeeded } row ? row : null;
    }

    /// <summary>What a merge with this base made of these results; null where it made none.</summary>
    public TaskRecord? FindMerge(UInt128 merge, UInt128 results) =>
        _merge?.Base == merge && _results.Value == results
            && _store.FindTask(
                Id, _manifests.Sum(manifest => manifest.Space)) is { State: Jobs.TaskState.Succeeded } row ? row : null;

    private UInt128? ResultsOf()
    {
        try
        {
            using var items = JobItems.Open(_plan, _manifests, _spool);
            return ReusableMerge.ResultsOf(
                Layout.Context(Id, _plan, _record.Folder, _manifests, items, CellKind.Auto, CountedOn.None), _store);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null; // which items its results are of is not known any more
        }
    }

    private Dictionary<UInt128, int> KeysOf(UInt128 wanted)
    {
        var keys = new Dictionary<UInt128, int>();
        if (!_stages.Any(pair => pair.Stage.Base == wanted)) return keys;
        try
        {
            using var items = JobItems.Open(_plan, _manifests, _spool);
            var context = Layout.Context(Id, _plan, _record.Folder, _manifests, items, CellKind.Auto, CountedOn.None);
            foreach (var (place, stage) in _stages.Where(pair => pair.Stage.Base == wanted)) AddKeys(
                keys, stage, context, place);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // Its spool is gone: which items its results are of is not known any more.
        }

        return keys;
    }

    private void AddKeys(Dictionary<UInt128, int> keys, ReusableStage stage, JobContext context, int place)
    {
        var own = context.Stages[place];
        var needs = NeedsOf(stage.Task, context, _store);
        var items = new List<Item>();
        foreach (var row in SucceededRows.Of(_store, Id, own))
        {
            items.Clear();
            var index = row.Ordinal - own.First;
            for (var i = 0; own.Items is not null && i < row.Items; i++) items.Add(own.Items.Read(index + i));
            keys.TryAdd(stage.Key(items, index, needs), row.Ordinal);
        }
    }

    /// <summary>What the needs of a task gave in a job.</summary>
    public static UInt128 NeedsOf(TaskSpec task, JobContext job, IStoreReader store)
    {
        var hash = new NeedsHash();
        foreach (var need in task.Needs)
        {
            hash.Begin(need);
            var stage = job.Stages.First(stage => stage.Task.Id == need);
            foreach (var row in SucceededRows.Of(store, job.Id, stage)) hash.Add(row.Output);
        }

        return hash.Value;
    }
}
