using Amoeba.Plans;

namespace Amoeba.Hosting.Configuration;

/// <summary>The values that are more than one word.</summary>
internal static class ConfigShapes
{
    public static readonly string[] RuleNames =
        ["type", "children", "gain", "cost", "memory", "cell", "time", "branch", "answer"];

    private static readonly IReadOnlyDictionary<string, string> RuleAnswers =
        new Dictionary<string, string> { ["allow"] = "allow", ["ask"] = "ask", ["deny"] = "deny" };

    /// <summary>Names of variables: a list, or in one text with commas between them.</summary>
    public static IReadOnlyList<string> Inherit(PlanCursor value)
    {
        if (value.Node.IsScalar)
        {
            var names = value.Text().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var name in names) CheckName(value, name);
            return names;
        }

        var members = value.List("a list of names of environment variables");
        foreach (var member in members) CheckName(member, member.Text("a name"));
        return [.. members.Select(member => member.Node.Text).Distinct()];
    }

    public static PlanNode DefaultTool(PlanCursor value)
    {
        var description = value with { Node = new PlanNode(NodeKind.Text, value.Node.At) { Text = "description" } };
        var options = new PlanReadOptions { DefaultTool = value.Node };
        Plans.DefaultTool.Bind(description, new PlanBinding(value, value.Errors, options));
        return value.Node;
    }

    public static PlanNode Rules(PlanCursor value)
    {
        foreach (var rule in value.List("a list of rules"))
        {
            var map = rule.Map(RuleNames);
            if (map["answer"] is { } answer) answer.OneOf(RuleAnswers);
            else map.Fail("answer", "missing; expected allow, ask or deny.");
        }

        return value.Node;
    }

    private static bool IsReference(string text) =>
        text.StartsWith("file:", StringComparison.Ordinal) || text.StartsWith("env:", StringComparison.Ordinal);

    private static void CheckName(PlanCursor at, string name)
    {
        if (IsReference(name))
        {
            at.Fail($"{name}: this form is not supported by this version; give the name of an environment variable.");
        }
        else if (!TaskBinder.IsEnvironmentName(name))
        {
            at.Fail($"\"{name}\" is no name of an environment variable.");
        }
    }
}
