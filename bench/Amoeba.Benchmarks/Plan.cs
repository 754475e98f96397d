using Amoeba.Plans;

namespace Amoeba.Benchmarks;

/// <summary>Plans that are measured.</summary>
internal static class Plan
{
    public static string True(int tasks) => $$"""
        { "name": "true", "each": { "range": "1..{{tasks}}" }, "do": { "run": ["/bin/true", "{item}"] },
          "children": 2, "merge": "none" }
        """;

    public static string Wait(int tasks, double seconds, int children) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $$"""
        { "name": "wait", "each": { "range": "1..{{tasks}}" }, "do": { "wait": {{seconds}} },
          "children": {{children}}, "merge": "none" }
        """);

    /// <summary>Tasks done by a C# delegate; without items, one task.</summary>
    public static PlanSpec Delegate(string name, EachSpec? each, int children) => new()
    {
        Name = name,
        Type = name,
        Children = children,
        Tasks = [new TaskSpec { Id = PlanSpec.EachTask, Type = name, Each = each, Do = [new DelegateSpec(name)] }],
        Merge = new MergeSpec(MergeKind.None),
    };
}
