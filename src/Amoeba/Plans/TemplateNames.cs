namespace Amoeba.Plans;

/// <summary>Which variables a template may use.</summary>
/// <param name="Alias">The name that `as` gave the item beside `item`, or null.</param>
/// <param name="Output">`{output}` is there too: a markdown merge.</param>
/// <param name="Results">`{results}` is there too: the prompt of a chat merge.</param>
internal sealed record TemplateNames(string? Alias = null, bool Output = false, bool Results = false)
{
    public static TemplateNames Plain { get; } = new();

    /// <summary>The part that a variable's text stands for, or null where there is none of that name.</summary>
    public TemplatePart? Find(string name) => name switch
    {
        "item" => new(VariableKind.Item, ""),
        "index" => new(VariableKind.Index, ""),
        "output" when Output => new(VariableKind.Output, ""),
        "results" when Results => new(VariableKind.Results, ""),
        _ when name == Alias => new(VariableKind.Item, ""),
        _ => FindDotted(name),
    };

    /// <summary>What could have been written, for messages.</summary>
    public string Known
    {
        get
        {
            if (Results) return "{results}, {tasks.ID.output}, {tasks.ID.file}, {vars.NAME}";
            var item = Alias is null or "item"
                ? "{item}, {item.FIELD}"
                : $"{{item}}, {{item.FIELD}}, {{{Alias}}}, {{{Alias}.FIELD}}";
            return item + ", {index}, {tasks.ID.output}, {tasks.ID.file}, {vars.NAME}" + (Output ? ", {output}" : "");
        }
    }

    /// <summary>A question after the variable that may have been meant, or nothing.</summary>
    public string Guess(string name)
    {
        var first = name.Split('.')[0];
        string[] known = ["item", "index", "tasks", "vars", Alias ?? "item", Results ? "results" : "item"];
        return NearestName.Of(first, known) is { } near && near != first
            ? $", did you mean {near}{name[first.Length..]}"
            : "";
    }

    private TemplatePart? FindDotted(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || dot == name.Length - 1) return null;
        var (first, rest) = (name[..dot], name[(dot + 1)..]);
        if (first == "item" || first == Alias) return new(VariableKind.ItemField, rest);
        if (first == "vars") return new(VariableKind.Var, rest);
        if (first != "tasks") return null;
        if (rest.EndsWith(".output", StringComparison.Ordinal)) return Task(VariableKind.TaskOutput, rest[..^7]);
        return rest.EndsWith(".file", StringComparison.Ordinal) ? Task(VariableKind.TaskFile, rest[..^5]) : null;
    }

    private static TemplatePart? Task(VariableKind kind, string id) => PlanNames.IsId(id) ? new(kind, id) : null;
}
