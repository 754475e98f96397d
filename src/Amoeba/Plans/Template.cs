namespace Amoeba.Plans;

internal enum VariableKind
{
    /// <summary>Text as it stands.</summary>
    Literal,
    Item,
    ItemField,
    Index,
    TaskOutput,
    TaskFile,
    Var,

    /// <summary>`{output}`, in a markdown merge alone.</summary>
    Output,
}

/// <summary>A piece of a template: literal text, or a variable with its name (field, task id or var name).</summary>
internal readonly record struct TemplatePart(VariableKind Kind, string Text);

/// <summary>What variables stand for while a template is filled in. Null: the thing has no such value.</summary>
internal interface ITemplateScope
{
    string? Value(TemplatePart variable);
}

/// <summary>Text with `{variables}`, parsed once; `{{` and `}}` are braces. A filled-in value is never read again for braces.</summary>
internal sealed partial record Template(string Source, IReadOnlyList<TemplatePart> Parts)
{
    public bool IsLiteral => Parts.All(part => part.Kind == VariableKind.Literal);

    /// <summary>Fills the template in.</summary>
    /// <exception cref="PlanException">A variable has no value in this scope.</exception>
    public string Fill(ITemplateScope scope) => string.Concat(Parts.Select(part => part.Kind == VariableKind.Literal
        ? part.Text
        : scope.Value(part) ?? throw new PlanException($"{Source}: there is no value for {part.Kind} {part.Text}".TrimEnd())));
}
