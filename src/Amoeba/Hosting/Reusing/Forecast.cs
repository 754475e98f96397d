using System.Globalization;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Reusing;

/// <summary>
/// What of a job will be reused, as far as that is known before it runs: of tasks that need nothing, and of those whose
/// needs are all reused themselves.
/// </summary>
internal sealed class Forecast : IDisposable
{
    private readonly PlanSpec _plan;
    private readonly EarlierResults _earlier;
    private readonly StageForecast[] _stages;
    private readonly ReusableStage? _merge;
    private readonly ResultsHash _results;
    private readonly List<Item> _batch = [];
    private int _at;

    public Forecast(PlanSpec plan, string folder, EarlierResults earlier)
    {
        (_plan, _earlier) = (plan, earlier);
        (_merge, _results) = (ReusableMerge.Of(plan, folder), new ResultsHash(plan));
        _stages = [.. plan.Tasks.Select(task =>
            new StageForecast(ReusableStage.CanBe(task) ? new ReusableStage(plan, task, folder) : null))];
    }

    /// <summary>What was looked at so far, in plan order.</summary>
    public IReadOnlyList<StageForecast> Stages => _stages;

    /// <summary>All results are there, and so is what the merge made of them.</summary>
    public bool IsMergeReused { get; private set; }

    /// <summary>Hash of all results that are there, with the items they are of.</summary>
    public string Results => _results.Value.ToString("x32", CultureInfo.InvariantCulture);

    public void Dispose() => _results.Dispose();

    /// <summary>An item that was read; they come in plan order.</summary>
    public void See(int task, Item item)
    {
        Turn(task);
        Take(task, item);
    }

    /// <summary>All that is read was seen.</summary>
    public void End()
    {
        Turn(_stages.Length);
        IsMergeReused = _merge is not null && _stages.All(stage => stage.IsWhole && !stage.Reused.Contains(false))
            && _earlier.FindMerge(_merge, _results.Value) is not null;
    }

    /// <summary>What comes before it needs no reading, or was read.</summary>
    private void Turn(int task)
    {
        for (; _at < task; _at++)
        {
            if (_plan.Tasks[_at].Each is not { } each) Look();
            else if (Computed(each) is { } computed)
                for (long i = 0; i < computed.Count; i++) Take(_at, computed.Read(i));
            if (_batch.Count > 0) Look();
            _stages[_at].IsWhole = _plan.Tasks[_at].From is null
                && !(_plan.Tasks[_at].Each is CommandEach && _stages[_at].Reused.Count == 0);
        }
    }

    private void Take(int task, Item item)
    {
        _batch.Add(item);
        if (_batch.Count == _plan.Tasks[task].Batch) Look();
    }

    private static IItems? Computed(EachSpec each) => each switch
    {
        RangeEach range => new RangeItems(range),
        MatrixEach matrix => new MatrixItems(matrix),
        _ => null,
    };

    private void Look()
    {
        var forecast = _stages[_at];
        var task = _plan.Tasks[_at];
        var found = forecast.Stage is { } stage && NeedsOf(task) is { } needs
            ? _earlier.Find(stage, _batch, forecast.Reused.Count, needs)
            : null;
        if (found is not null)
        {
            forecast.Outputs.Add(found.Row.Output);
            _results.Add(task.Id, forecast.Reused.Count, _batch.Count > 0 ? _batch[0] : null, found.Row.Output);
        }

        for (var i = 0; i < Math.Max(1, _batch.Count); i++) forecast.Reused.Add(found is not null);
        forecast.Looked++;
        forecast.Tasks += found is null ? 0 : 1;
        _batch.Clear();
    }

    /// <summary>Null where that is not known before they ran.</summary>
    private UInt128? NeedsOf(TaskSpec task)
    {
        var hash = new NeedsHash();
        foreach (var need in task.Needs)
        {
            var place = 0;
            while (_plan.Tasks[place].Id != need) place++;
            var forecast = _stages[place];
            if (!forecast.IsWhole || forecast.Reused.Contains(false)) return null;
            hash.Begin(need);
            foreach (var output in forecast.Outputs) hash.Add(output);
        }

        return hash.Value;
    }
}
