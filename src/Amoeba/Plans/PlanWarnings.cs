using Amoeba.Jobs;

namespace Amoeba.Plans;

/// <summary>Names what a valid plan says in vain, once each.</summary>
internal static class PlanWarnings
{
    private const string NetworkIsOpen =
        "has no effect here: only a container keeps programs from the network; ask for isolation: container.";

    public static void Note(PlanMap root, PlanSpec plan, PlanBinding binding)
    {
        Note(root, ToolsOf(plan.Tasks), binding.Errors);
        if (root["network"] is { } network && !plan.Network && MayShareNetwork(plan))
            binding.Errors.Warn("network", network.Node.At, network.Path, NetworkIsOpen);
        for (var i = 0; i < plan.Tasks.Count; i++) Note(binding.Tasks[i], ToolsOf([plan.Tasks[i]]), binding.Errors);
    }

    private static bool MayShareNetwork(PlanSpec plan) =>
        plan.Isolation != Isolation.Container && plan.Cell != CellKind.Docker;

    private static string[] ToolsOf(IReadOnlyList<TaskSpec> tasks) =>
        [.. tasks.SelectMany(task => task.Do).Select(tool => tool.Tool).Distinct()];

    private static void Note(PlanMap map, string[] tools, PlanErrors errors)
    {
        foreach (var (name, value) in map.Named)
        {
            Note(name, value, tools, errors);
            if (name is not ("budget" or "limits") || value.Node.Kind != NodeKind.Map) continue;
            foreach (var (part, inner) in new PlanMap(value).Named) Note($"{name}.{part}", inner, tools, errors);
        }
    }

    private static void Note(string name, PlanCursor value, string[] tools, PlanErrors errors)
    {
        var asksNothing = value.Node.Kind == NodeKind.Null || (name == "limits.stall" && value.Node.Text == "off");
        if (!asksNothing && PlanNames.WithoutEffect(name, tools) is { } why)
            errors.Warn(name, value.Node.At, value.Path, why);
    }
}
