using System.Diagnostics.CodeAnalysis;
using System.Text;

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

    /// <summary>`{results}`, in the prompt of a chat merge alone.</summary>
    Results,
}

/// <summary>A piece of a template: literal text, or a variable with its name (field, task id or var name).</summary>
internal sealed record TemplatePart(VariableKind Kind, string Text)
{
    /// <summary>As a plan writes it.</summary>
    public override string ToString() => Kind switch
    {
        VariableKind.Item => "{item}",
        VariableKind.ItemField => $"{{item.{Text}}}",
        VariableKind.Index => "{index}",
        VariableKind.TaskOutput => $"{{tasks.{Text}.output}}",
        VariableKind.TaskFile => $"{{tasks.{Text}.file}}",
        VariableKind.Var => $"{{vars.{Text}}}",
        VariableKind.Output => "{output}",
        VariableKind.Results => "{results}",
        _ => Text,
    };
}

/// <summary>
/// What variables stand for while a template is filled in. An output (<see cref="VariableKind.TaskOutput"/>) is given
/// without its trailing newlines, as a shell's `$(...)` does; `{output}` of a merge is given as it is.
/// </summary>
internal interface ITemplateScope
{
    /// <summary>The text, or null: the thing has no such value.</summary>
    string? Value(TemplatePart variable);
}

/// <summary>
/// Text with `{variables}`, parsed once; `{{` and `}}` are braces. A filled-in value is never read again for braces.
/// </summary>
internal sealed record Template(string Source, IReadOnlyList<TemplatePart> Parts)
{
    /// <summary>Without variables: it fills in to the same text everywhere.</summary>
    public bool IsLiteral
    {
        get
        {
            for (var i = 0; i < Parts.Count; i++)
            {
                if (Parts[i].Kind != VariableKind.Literal) return false;
            }

            return true;
        }
    }

    /// <summary>Text that is taken as it stands, braces and all.</summary>
    public static Template Literal(string text) =>
        new(Escape(text), text.Length == 0 ? [] : [new TemplatePart(VariableKind.Literal, text)]);

    /// <summary>The source of a template that fills in to this text.</summary>
    public static string Escape(string text) =>
        text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);

    /// <exception cref="PlanException">A brace is not closed, or a variable is unknown.</exception>
    public static Template Parse(string text, TemplateNames? names = null) =>
        TryParse(text, names ?? TemplateNames.Plain, out var template, out var error)
            ? template
            : throw new PlanException($"\"{text}\": {error}");

    public static bool TryParse(
        string text,
        TemplateNames names,
        [NotNullWhen(true)] out Template? template,
        [NotNullWhen(false)] out string? error)
    {
        (template, error) = (null, null);
        var parts = new List<TemplatePart>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is not ('{' or '}'))
            {
                literal.Append(c);
            }
            else if (i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
            }
            else if (c == '}')
            {
                literal.Append(c);
            }
            else
            {
                var end = text.AsSpan(i + 1).IndexOfAny('{', '}');
                if (end < 0 || text[i + 1 + end] == '{')
                {
                    error = "a { is not closed; write {{ for a brace.";
                    return false;
                }

                var name = text.Substring(i + 1, end);
                if (names.Find(name) is not { } part)
                {
                    error = $"unknown variable {{{name}}}{names.Guess(name)}; known are {names.Known}. "
                        + "Write {{ for a brace.";
                    return false;
                }

                if (literal.Length > 0) parts.Add(new(VariableKind.Literal, literal.ToString()));
                literal.Clear();
                parts.Add(part);
                i += end + 1;
            }
        }

        if (literal.Length > 0) parts.Add(new(VariableKind.Literal, literal.ToString()));
        template = new Template(text, parts);
        return true;
    }

    /// <summary>With what is known before anything runs filled in: the plan's variables.</summary>
    public Template With(IReadOnlyDictionary<string, string> vars)
    {
        if (!Parts.Any(part => part.Kind == VariableKind.Var)) return this;
        var parts = new List<TemplatePart>();
        foreach (var part in Parts)
        {
            var known = part.Kind == VariableKind.Var && vars.TryGetValue(part.Text, out var value)
                ? new TemplatePart(VariableKind.Literal, value)
                : part;
            if (known.Kind == VariableKind.Literal && parts is [.., { Kind: VariableKind.Literal } last])
                parts[^1] = last with { Text = last.Text + known.Text };
            else
                parts.Add(known);
        }

        return new Template(Source, parts);
    }

    /// <summary>As a person reads it: what is not filled in stands there as its variable.</summary>
    public string Shown => string.Concat(Parts.Select(part => part.ToString()));

    /// <summary>Fills the template in.</summary>
    /// <exception cref="PlanException">A variable has no value in this scope.</exception>
    public string Fill(ITemplateScope scope)
    {
        if (Parts.Count == 1) return Value(scope, Parts[0]);
        var values = new string[Parts.Count];
        for (var i = 0; i < values.Length; i++) values[i] = Value(scope, Parts[i]);
        return string.Concat(values);
    }

    private string Value(ITemplateScope scope, TemplatePart part) => part.Kind == VariableKind.Literal
        ? part.Text
        : scope.Value(part) ?? throw new PlanException($"\"{Source}\": there is no value for {part}.");
}
