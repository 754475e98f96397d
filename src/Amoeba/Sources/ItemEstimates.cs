using System.Globalization;
using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>What the plan expects of each item, where it says so with a template.</summary>
/// <param name="Seconds">By item; null where the plan gives one figure for all, or none.</param>
/// <param name="Memory">Bytes, likewise.</param>
/// <param name="Tokens">Likewise.</param>
/// <param name="Groups">By item: the number of its group, in the order in which groups
/// appear; null without `group`.</param>
internal sealed record ItemEstimates(float[]? Seconds, float[]? Memory, float[]? Tokens, int[]? Groups = null)
{
    public static ItemEstimates None { get; } = new(null, null, null);

    /// <summary>Reads the spooled items again: what a resumed job does.</summary>
    public static ItemEstimates Of(PlanSpec plan, int stage, IItems items)
    {
        var reader = new EstimateReader(plan, plan.Tasks[stage]);
        if (reader.Reads)
        {
            for (long i = 0; i < items.Count; i++) reader.Add(items.Read(i), i);
        }

        return reader.Take();
    }
}

/// <summary>Fills the estimates' templates in, item by item.</summary>
internal sealed class EstimateReader
{
    private readonly string _task;
    private readonly ItemScope _scope;
    private readonly (Template? Template, List<float> Values, string Name)[] _figures;
    private readonly GroupReader? _groups;

    public EstimateReader(PlanSpec plan, TaskSpec task)
    {
        _task = task.Id;
        _scope = new ItemScope(plan.Vars);
        // A wait says by itself how long it takes.
        var seconds = task.Estimate.Seconds is { } estimate
            ? estimate.Template
            : (task.Do[0] as WaitSpec)?.Seconds.Template;
        _figures =
        [
            (Known(seconds), [], "seconds"),
            (Known(task.Estimate.Memory?.Template), [], "memory"),
            (Known(task.Estimate.Tokens?.Template), [], "tokens"),
        ];
        _groups = task.Group is { } group ? new GroupReader(plan, group) : null;
        Reads = _groups is not null || _figures.Any(figure => figure.Template is not null);
    }

    public bool Reads { get; }

    /// <exception cref="PlanException">An estimate of this item is no figure.</exception>
    public void Add(Item item, long index)
    {
        _groups?.Add(item, index);
        (_scope.Item, _scope.Index) = (item, index);
        foreach (var (template, values, name) in _figures)
        {
            if (template is null) continue;
            var text = template.Fill(_scope);
            values.Add(Figure(name, text)
                ?? throw new PlanException($"{_task}: item {index + 1} gives the estimate of {name} \"{text}\"; "
                    + "expected a figure of at least 0."));
        }
    }

    public ItemEstimates Take() => Reads
        ? new(Values(0), Values(1), Values(2), _groups is null ? null : [.. _groups.Groups])
        : ItemEstimates.None;

    private float[]? Values(int figure) => _figures[figure].Template is null ? null : [.. _figures[figure].Values];

    private static Template? Known(Template? template) =>
        template is not null && ItemCheck.IsKnown(template) ? template : null;

    private static float? Figure(string name, string text) => name switch
    {
        "seconds" => PlanUnits.TryDuration(text, out var time) ? (float)time.TotalSeconds : null,
        "memory" => PlanUnits.TrySize(text, out var bytes) ? bytes : null,
        _ => float.TryParse(text, NumberStyles.AllowDecimalPoint, PlanUnits.Culture, out var tokens) ? tokens : null,
    };
}
