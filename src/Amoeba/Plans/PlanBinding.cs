namespace Amoeba.Plans;

/// <summary>
/// A template with where it stands, to be checked once all tasks are known. Task is the index of its task, or
/// <see cref="PlanBinding.OfMerge"/>.
/// </summary>
internal sealed record TemplateUse(Template Template, PlanCursor At, int Task);

/// <summary>What goes along while a plan is bound.</summary>
internal sealed class PlanBinding(PlanCursor root, PlanErrors errors, PlanReadOptions options)
{
    public const int OfMerge = -1;

    public PlanErrors Errors => errors;

    public PlanReadOptions Options => options;

    /// <summary>The plan itself, where it was written.</summary>
    public PlanMap Root => new(root);

    public List<TemplateUse> Uses { get; } = [];

    /// <summary>Where each task stands, in plan order.</summary>
    public List<PlanMap> Tasks { get; } = [];

    /// <summary>The task being bound.</summary>
    public int Task { get; set; }

    /// <summary>The variables its templates may use.</summary>
    public TemplateNames Names { get; set; } = TemplateNames.Plain;

    public Template Template(PlanCursor cursor, string what = "text")
    {
        var text = cursor.Text(what);
        if (!Plans.Template.TryParse(text, Names, out var template, out var error))
        {
            cursor.Fail(error);
            return Plans.Template.Literal("");
        }

        Uses.Add(new TemplateUse(template, cursor, Task));
        return template;
    }

    /// <summary>A figure, or a template where the text has a brace.</summary>
    public Figure Figure(PlanCursor cursor, Func<PlanCursor, double> read) =>
        cursor.Node.Kind == NodeKind.Text && cursor.Node.Text.Contains('{', StringComparison.Ordinal)
            ? new Figure(0, Template(cursor))
            : new Figure(read(cursor), null);
}
