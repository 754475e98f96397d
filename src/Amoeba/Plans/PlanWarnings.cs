using Amoeba.Jobs;

namespace Amoeba.Plans;

/// <summary>Names what a valid plan says in vain, once each.</summary>
internal static class PlanWarnings
{
    private const string NetworkIsOpen =
        "has no effect here: only a container keeps programs from the network; ask for isolation: container.";

    public static void Note(PlanMap root, PlanSpec plan, PlanBinding binding)
    {
        Note(root, name => [.. ToolsOf(plan.Tasks, name).Union(ToolsOfMerge(plan, name))], binding.Errors);
        if (root["network"] is { } network && !plan.Network && MayShareNetwork(plan))
            binding.Errors.Warn("network", network.Node.At, network.Path, NetworkIsOpen);
        // What stands beside `each` speaks of its task and the plan at once, and was looked at with both.
        for (var i = 0; i < plan.Tasks.Count && root["tasks"] is not null; i++)
        {
            TaskSpec[] task = [plan.Tasks[i]];
            Note(binding.Tasks[i], name => [.. ToolsOf(task, name)], binding.Errors);
        }

        for (var i = 0; i < plan.Tasks.Count; i++) NoteTexts(binding.Tasks[i], root, plan, plan.Tasks[i]);
        if (root["merge"] is { Node.Kind: NodeKind.Map } merge && plan.Merge is { IsTask: true } spec)
            Note(new PlanMap(merge), _ => [ToolOf(spec)], binding.Errors);
    }

    /// <summary>What a shell's text says in braces, as if it were filled in.</summary>
    private static void NoteTexts(PlanMap task, PlanMap root, PlanSpec plan, TaskSpec spec)
    {
        var own = task["do"];
        PlanCursor?[] tools = own is { Node.Kind: NodeKind.List } ? [.. own.List("tools")] : [own];
        foreach (var tool in tools.Append(task["verify"] ?? root["verify"]))
        {
            if (tool is not { Node.Kind: NodeKind.Map } || new PlanMap(tool)["sh"] is not { } text) continue;
            var names = new TemplateNames(spec.Each?.As);
            var found = ShellBraces.Find(text.Node.Text, names, variable => IsThere(variable, plan, spec));
            foreach (var (written, instead) in found)
            {
                text.Errors.Warn($"sh {written}", text.Node.At, text.Path,
                    $"{written} is not filled in: braces mean nothing in a shell's text, because no value may become "
                        + $"one. Write {instead} instead.");
            }
        }
    }

    private static bool IsThere(TemplatePart variable, PlanSpec plan, TaskSpec spec) => variable.Kind switch
    {
        VariableKind.Var => plan.Vars.ContainsKey(variable.Text),
        VariableKind.TaskOutput or VariableKind.TaskFile => plan.Tasks.Any(task => task.Id == variable.Text),
        _ => spec.Each is not null,
    };

    private static bool MayShareNetwork(PlanSpec plan) =>
        plan.Isolation != Isolation.Container && plan.Cell != CellKind.Docker;

    /// <summary>Of the tasks, what a name may be said for: a check's program is held as theirs are.</summary>
    private static IEnumerable<string> ToolsOf(IReadOnlyList<TaskSpec> tasks, string name)
    {
        var tools = tasks.SelectMany(task => task.Do);
        if (PlanNames.HoldsPrograms(name)) tools = tools.Concat(tasks.Select(task => task.Verify).OfType<ToolSpec>());
        return tools.Select(tool => tool.Tool).Distinct();
    }

    /// <summary>Tokens of tasks do not count for a merge: see <see cref="ChatMergeSpec.DefaultLimits"/>.</summary>
    private static string[] ToolsOfMerge(PlanSpec plan, string name) =>
        plan.Merge is { IsTask: true } merge && name != "limits.tokens" ? [ToolOf(merge)] : [];

    private static string ToolOf(MergeSpec merge) => merge.Run?.Tool ?? merge.Chat!.Chat.Tool;

    private static void Note(PlanMap map, Func<string, string[]> tools, PlanErrors errors)
    {
        foreach (var (name, value) in map.Named)
        {
            Note(name, value, tools(name), errors);
            if (name is not ("budget" or "limits") || value.Node.Kind != NodeKind.Map) continue;
            foreach (var (part, inner) in new PlanMap(value).Named)
                Note($"{name}.{part}", inner, tools($"{name}.{part}"), errors);
        }
    }

    private static void Note(string name, PlanCursor value, string[] tools, PlanErrors errors)
    {
        var asksNothing = value.Node.Kind == NodeKind.Null || (name == "limits.stall" && value.Node.Text == "off");
        if (!asksNothing && PlanNames.WithoutEffect(name, tools) is { } why)
            errors.Warn(name, value.Node.At, value.Path, why);
    }
}
