using Amoeba.Engine.Records;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Reading;

/// <summary>
/// A job's stages from its record, and its items from the spool, which is opened only when one is asked for.
/// </summary>
internal sealed class SpooledJobItems : IJobItems
{
    /// <summary>Id of a merge that is a task of its own.</summary>
    public const string MergeId = "merge";

    private readonly PlanSpec _plan;
    private readonly IReadOnlyList<StageManifest> _manifests;
    private readonly string _spool;
    private JobItems? _items;
    private bool _gone;

    /// <param name="job">The job.</param>
    /// <param name="spool">The job's own folder under `spool`.</param>
    public SpooledJobItems(JobRecord job, string spool)
    {
        _plan = PlanJson.Read(job.PlanJson);
        _manifests = StageManifest.FromJson(job.StagesJson);
        _spool = spool;
        Stages = [.. Build()];
    }

    public IReadOnlyList<StageView> Stages { get; }

    public IEnumerable<Item> Read(StageView stage, int from, int count)
    {
        if (Open()?[Index(stage)] is not { } items) yield break;
        var end = Math.Min(from + (long)count, items.Count);
        for (long index = from; index < end; index++) yield return items.Read(index);
    }

    public void Dispose() => _items?.Dispose();

    private IEnumerable<StageView> Build()
    {
        var first = 0;
        for (var i = 0; i < _plan.Tasks.Count; i++)
        {
            var task = _plan.Tasks[i];
            var flow = _manifests[i].Flows ? Open() : null;
            var count = flow?.CountOf(i) ?? (int)_manifests[i].Count;
            var view = new StageView(task.Id, first, count, task.Batch, task.Each is not null, IsMerge: false);
            yield return flow is null ? view : view with { Runs = flow.RunsOf(i) };
            first += _manifests[i].Space;
        }

        if (_plan.Merge is { IsTask: true }) yield return new StageView(MergeId, first, 1, 1, false, IsMerge: true);
    }

    private int Index(StageView stage)
    {
        for (var i = 0; i < Stages.Count; i++)
        {
            if (Stages[i].First == stage.First && Stages[i].Id == stage.Id) return i;
        }

        throw new ArgumentException($"the job has no stage {stage.Id}", nameof(stage));
    }

    /// <summary>Results can be shown although the spool is gone; the items are left out then.</summary>
    private JobItems? Open()
    {
        if (_items is not null || _gone) return _items;
        try
        {
            return _items = JobItems.Open(_plan, _manifests, _spool);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            _gone = true;
            return null;
        }
    }
}
