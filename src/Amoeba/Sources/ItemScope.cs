using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>What templates can know of an item before anything ran.</summary>
internal sealed class ItemScope(IReadOnlyDictionary<string, string> vars) : ITemplateScope
{
    public Item? Item { get; set; }

    public long Index { get; set; }

    public string? Value(TemplatePart variable) => variable.Kind switch
    {
        VariableKind.Item => Item?.Text,
        VariableKind.ItemField => Item?.Field(variable.Text),
        VariableKind.Index => Index.ToString(PlanUnits.Culture),
        VariableKind.Var => vars.GetValueOrDefault(variable.Text),
        _ => null,
    };
}
