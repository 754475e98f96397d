namespace Amoeba.Plans;

/// <summary>Names what a valid plan says in vain, once each.</summary>
internal static class PlanWarnings
{
    public static void Note(PlanMap plan, PlanBinding binding)
    {
        Note(plan, binding.Errors);
        foreach (var task in binding.Tasks) Note(task, binding.Errors);
    }

    private static void Note(PlanMap map, PlanErrors errors)
    {
        foreach (var (name, value) in map.Named)
        {
            Note(name, value, errors);
            if (name is not ("budget" or "limits") || value.Node.Kind != NodeKind.Map) continue;
            foreach (var (part, inner) in new PlanMap(value).Named) Note($"{name}.{part}", inner, errors);
        }
    }

    private static void Note(string name, PlanCursor value, PlanErrors errors)
    {
        var asksNothing = value.Node.Kind == NodeKind.Null || (name == "limits.stall" && value.Node.Text == "off");
        if (!asksNothing && PlanNames.WithoutEffect(name) is { } why) errors.Warn(name, value.Node.At, value.Path, why);
    }
}
