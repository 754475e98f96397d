using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Reusing;

/// <summary>
/// What a task is given by name that may be a file, and so may change while its name stays: programs, arguments, words
/// of `sh`, items. Names only; whether there is a file is for others to look.
/// </summary>
internal sealed class NamedFiles
{
    private const int LongestName = 4096;

    private readonly PlanSpec _plan;
    private readonly TaskSpec _task;
    private readonly bool _readsItems;
    private readonly Template[] _composed;

    public NamedFiles(PlanSpec plan, TaskSpec task)
    {
        (_plan, _task) = (plan, task);
        ToolSpec[] tools = task.Verify is { } verify ? [.. task.Do, verify] : [.. task.Do];
        _readsItems = task.Each is not null && tools.Any(tool => tool is RunSpec or ShSpec);
        Template[] templates =
            [.. tools.SelectMany(TemplatesOf), .. _readsItems || task.Each is null ? task.Env.Values : []];
        _composed = [.. templates.Where(SpeaksOfItem)];
        Programs = [.. tools.OfType<RunSpec>().Where(run => run.Arguments[0].IsLiteral)
            .Select(run => Fill(run.Arguments[0])).Distinct(StringComparer.Ordinal)];
        var fixedNames = templates.Where(template => template.Parts.All(IsKnown)).Select(Fill);
        var words = tools.OfType<ShSpec>().SelectMany(sh => Words(sh.Text));
        Fixed = [.. fixedNames.Concat(words).Where(CanBeFile).Except(Programs).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Programs of `run` as the plan names them.</summary>
    public IReadOnlyList<string> Programs { get; }

    /// <summary>Names that are the same for every item.</summary>
    public IReadOnlyList<string> Fixed { get; }

    /// <summary>Names that an item gives: itself, its fields, and arguments that are made of it.</summary>
    public IEnumerable<string> Of(Item item, long index)
    {
        if (_readsItems)
        {
            if (item is TextItem text)
            {
                if (CanBeFile(text.Value)) yield return text.Value;
            }
            else
            {
                foreach (var field in item.Fields)
                {
                    if (item.Field(field) is { } value && CanBeFile(value)) yield return value;
                }
            }
        }

        foreach (var template in _composed)
        {
            var scope = new ItemScope(_plan.Vars) { Item = item, Index = index };
            if (template.Parts.Any(part => part.Kind != VariableKind.Literal && scope.Value(part) is null)) continue;
            var name = template.Fill(scope);
            if (CanBeFile(name)) yield return name;
        }
    }

    private static IEnumerable<Template> TemplatesOf(ToolSpec tool) => tool switch
    {
        RunSpec run => run.Arguments,
        ChatSpec chat => chat.Images.Concat(chat.Audio),
        _ => [],
    };

    private static bool SpeaksOfItem(Template template) =>
        template.Parts.Any(part => part.Kind is VariableKind.Item or VariableKind.ItemField or VariableKind.Index)
        && template.Parts.All(part => part.Kind is not (VariableKind.TaskOutput or VariableKind.TaskFile));

    private static bool IsKnown(TemplatePart part) => part.Kind is VariableKind.Literal or VariableKind.Var;

    private string Fill(Template template) => template.Fill(new ItemScope(_plan.Vars));

    /// <summary>Words of a shell's text, without those that output is sent to.</summary>
    private static IEnumerable<string> Words(string text)
    {
        var start = -1;
        var sentTo = false;
        for (var at = 0; at <= text.Length; at++)
        {
            var isBreak = at == text.Length || char.IsWhiteSpace(text[at])
                || "'\";|&()<>`=$".Contains(text[at], StringComparison.Ordinal);
            if (!isBreak)
            {
                if (start < 0) start = at;
                continue;
            }

            if (start >= 0)
            {
                if (!sentTo) yield return text[start..at];
                (start, sentTo) = (-1, false);
            }

            if (at < text.Length && text[at] == '>') sentTo = true;
        }
    }

    private static bool CanBeFile(string name) =>
        name.Length is > 0 and <= LongestName && name[0] != '-' && name.AsSpan().IndexOfAny('\0', '\n') < 0
        && !name.Contains("://", StringComparison.Ordinal);
}
