using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>
/// Looks at each item before the job is accepted: what the plan's templates need of it must be there.
/// </summary>
internal sealed class ItemCheck
{
    private readonly string _task;
    private readonly List<(string Field, Template Use)> _needed = [];
    private readonly List<Template> _waits = [];
    private readonly ItemScope _scope;
    private readonly bool _namesVariables;
    private string[] _clear = [];

    public ItemCheck(PlanSpec plan, TaskSpec task)
    {
        _task = task.Id;
        _scope = new ItemScope(plan.Vars);
        _namesVariables = VariableNames.AreRead(task);
        var templates = task.Do.SelectMany(tool => tool.Templates)
            .Concat(task.Verify?.Templates ?? [])
            .Concat(task.Env.Values)
            .Concat(task.Group is { } group ? [group] : [])
            .Concat(Figures(task.Estimate));
        // A markdown merge of a plan with one source reads its items; with several it reads what each has.
        if (plan is { Tasks.Count: 1, Merge.Template: { } merge }) templates = templates.Append(merge);
        foreach (var template in templates)
        {
            foreach (var part in template.Parts)
            {
                if (part.Kind == VariableKind.ItemField && !_needed.Any(need => need.Field == part.Text))
                    _needed.Add((part.Text, template));
            }
        }

        var waits = task.Do.OfType<WaitSpec>().Select(wait => wait.Seconds.Template);
        _waits.AddRange(waits.OfType<Template>().Where(IsKnown));
    }

    /// <summary>It looks at what items hold, not only at which fields they have.</summary>
    public bool ReadsValues => _waits.Count > 0;

    /// <summary>Whether a template can be filled in before anything ran.</summary>
    public static bool IsKnown(Template template) =>
        template.Parts.All(part => part.Kind is not (VariableKind.TaskOutput or VariableKind.TaskFile));

    /// <exception cref="PlanException">It cannot do; says which item, what it lacks, and what it has.</exception>
    public void Check(Item item, long index)
    {
        foreach (var (field, use) in _needed)
        {
            if (item.Field(field) is not null) continue;
            var near = NearestName.Of(field, item.Fields);
            throw Wrong(item, index, $"has no field {field}, which \"{use.Source}\" uses"
                + (near is null ? "" : $"; did you mean {near}?")
                + (item is TextItem ? "; it is a text" : $"; it has: {string.Join(", ", item.Fields)}"));
        }

        if (item is TextItem ? item.Text.Contains('\0') : item.Json.Contains("\\u0000", StringComparison.Ordinal)
            && item.Fields.Any(name => name.Contains('\0') || item.Field(name)!.Contains('\0')))
        {
            throw Wrong(item, index, "holds a NUL character, which no program can be given");
        }

        if (_namesVariables && item is ObjectItem) CheckNames(item, index);
        if (_waits.Count == 0) return;
        (_scope.Item, _scope.Index) = (item, index);
        foreach (var wait in _waits)
        {
            var text = wait.Fill(_scope);
            if (!PlanUnits.TryDuration(text, out _))
                throw Wrong(item, index, $"gives wait \"{text}\"; expected seconds of at least 0");
        }
    }

    // Rows of a table have the same fields, one after the other.
    private void CheckNames(Item item, long index)
    {
        if (item.Fields.SequenceEqual(_clear)) return;
        string[] fields = [.. item.Fields];
        if (VariableNames.Clash(fields) is (var first, var second))
        {
            throw Wrong(item, index, $"has the fields {first} and {second}, and programs would be given both as "
                + $"AMOEBA_ITEM_{VariableNames.Upper(first)}; rename one of them");
        }

        _clear = fields;
    }

    private PlanException Wrong(Item item, long index, string what)
    {
        var text = item.Text.Length > 60 ? item.Text[..60] + "..." : item.Text;
        return new PlanException($"{_task}: item {index + 1} ({PlanErrors.Clean(text)}) {what}.");
    }

    private static IEnumerable<Template> Figures(EstimateSpec estimate) =>
        new[] { estimate.Seconds?.Template, estimate.Memory?.Template, estimate.Tokens?.Template }.OfType<Template>();
}
