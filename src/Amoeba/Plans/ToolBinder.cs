namespace Amoeba.Plans;

/// <summary>`do` and `verify`: a map with one tool.</summary>
internal static class ToolBinder
{
    private const int MaxFallbacks = 16;
    private const int MaxArguments = 10_000;

    /// <summary>A tool, or a list of tools that are tried in order.</summary>
    public static IReadOnlyList<ToolSpec> BindChain(PlanCursor cursor, PlanBinding binding)
    {
        if (cursor.Node.Kind != NodeKind.List) return Bind(cursor, PlanNames.Tools, binding) is { } tool ? [tool] : [];
        var chain = cursor.List("a list of tools");
        if (chain.Count is 0 or > MaxFallbacks) cursor.Expect($"from 1 to {MaxFallbacks} tools");
        return [.. chain.Select(member => Bind(member, PlanNames.Tools, binding)).OfType<ToolSpec>()];
    }

    public static ToolSpec? Bind(PlanCursor cursor, IReadOnlyList<string> tools, PlanBinding binding)
    {
        var allowed = binding.Options.Stored ? [.. tools, "delegate"] : tools;
        var map = cursor.Map(allowed, $"a map with one of: {string.Join(", ", tools)}");
        var members = map.Named.Where(member => allowed.Contains(member.Name)).ToList();
        if (cursor.Node.Kind == NodeKind.Map && (members.Count > 1 || cursor.Node.Entries.Count == 0))
        {
            cursor.Fail($"expected exactly one of: {string.Join(", ", tools)}.");
        }

        if (members.Count == 0) return null;
        var (name, value) = members[0];
        return name switch
        {
            "run" => Run(value, binding),
            "sh" => new ShSpec(value.TextNotEmpty("the text for a shell")),
            "chat" => ChatBinder.Bind(value, binding),
            "wait" => new WaitSpec(binding.Figure(value, Seconds)),
            "fetch" => FetchBinder.Bind(value, binding),
            _ => new DelegateSpec(value.Text()),
        };
    }

    public static RunSpec Run(PlanCursor cursor, PlanBinding binding)
    {
        var members = cursor.Node.IsScalar ? null : cursor.List("a list: the program and its arguments");
        if (members is null) cursor.Expect("a list: the program and its arguments (for a shell's text use sh)");
        if (members is { Count: 0 or > MaxArguments } && cursor.Node.Kind == NodeKind.List)
        {
            cursor.Expect($"a program and at most {MaxArguments} arguments");
        }

        var arguments = new List<Template>();
        foreach (var member in members ?? [])
        {
            if (arguments.Count == 0 && member.Node.IsScalar && member.Node.Text.Length == 0)
                member.Expect("a program's name");
            arguments.Add(binding.Template(member));
        }

        return new RunSpec(arguments);
    }

    private static double Seconds(PlanCursor cursor)
    {
        if (cursor.Node.IsScalar && PlanUnits.TryDuration(cursor.Node.Text, out var time)) return time.TotalSeconds;
        cursor.Expect("seconds of at least 0, or {item.FIELD}");
        return 0;
    }
}
