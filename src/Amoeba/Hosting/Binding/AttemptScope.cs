using System.Globalization;
using Amoeba.Plans;

namespace Amoeba.Hosting.Binding;

/// <summary>What variables stand for in one attempt; an item's are those of <see cref="Current"/>.</summary>
internal sealed class AttemptScope(
    JobContext job, JobInputs inputs, HeaderSecrets secrets, IReadOnlyList<Item> items, int index) : ITemplateScope
{
    public HeaderSecrets Secrets => secrets;

    /// <summary>Which item of the batch is meant, from 0.</summary>
    public int Current { get; set; }

    public IReadOnlyList<Item> Items => items;

    public int Index => index;

    public JobInputs Inputs => inputs;

    public string? Value(TemplatePart variable) => variable.Kind switch
    {
        VariableKind.Item => items.Count == 0 ? null : items[Current].Text,
        VariableKind.ItemField => items.Count == 0 ? null : items[Current].Field(variable.Text),
        VariableKind.Index => (index + Current).ToString(CultureInfo.InvariantCulture),
        VariableKind.TaskOutput => Stage(variable.Text) is { } stage ? inputs.Text(stage) : null,
        VariableKind.TaskFile => Stage(variable.Text) is { } stage ? inputs.File(stage) : null,
        VariableKind.Var => job.Plan.Vars.GetValueOrDefault(variable.Text),
        _ => null,
    };

    /// <summary>Fills in once; where it speaks of the item of a batch, once for each item.</summary>
    public IEnumerable<string> FillEach(Template template)
    {
        if (items.Count < 2 || !SpeaksOfItem(template)) return [template.Fill(this)];
        var filled = new string[items.Count];
        for (var i = 0; i < filled.Length; i++)
        {
            Current = i;
            filled[i] = template.Fill(this);
        }

        Current = 0;
        return filled;
    }

    /// <summary>As <see cref="FillEach"/>; nothing where a value is not there, which whoever needs it says.</summary>
    public IEnumerable<string> Known(Template template)
    {
        try
        {
            return FillEach(template);
        }
        catch (PlanException)
        {
            return [];
        }
    }

    private StageContext? Stage(string id) => job.Stages.FirstOrDefault(stage => stage.Task.Id == id);

    private static bool SpeaksOfItem(Template template) => template.Parts.Any(part =>
        part.Kind is VariableKind.Item or VariableKind.ItemField or VariableKind.Index);
}
