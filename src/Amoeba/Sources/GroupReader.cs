using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>Numbers the groups of items, in the order in which they appear.</summary>
internal sealed class GroupReader(PlanSpec plan, Template group)
{
    private readonly ItemScope _scope = new(plan.Vars);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<int> _groups = [];

    /// <summary>By item: the number of its group.</summary>
    public IReadOnlyList<int> Groups => _groups;

    public void Add(Item item, long index)
    {
        (_scope.Item, _scope.Index) = (item, index);
        var lacks = group.Parts.Any(part => part.Kind == VariableKind.ItemField && item.Field(part.Text) is null);
        var name = lacks ? "" : group.Fill(_scope); // of items that flow nobody could say before what they have
        if (!_numbers.TryGetValue(name, out var number)) _numbers.Add(name, number = _numbers.Count);
        _groups.Add(number);
    }
}
