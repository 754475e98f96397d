using System.Globalization;
using Amoeba.Plans;

namespace Amoeba.Benchmarks;

/// <summary>Plans that are measured.</summary>
internal static class Plan
{
    public static string True(int tasks) => $$"""
        { "name": "true", "each": { "range": "1..{{tasks}}" }, "do": { "run": ["/bin/true", "{item}"] },
          "children": 2, "cell": "thread" }
        """;

    /// <summary>
    /// Nothing is joined: that would be measured too. Where children live is not left to what waits seem to last.
    /// </summary>
    public static PlanSpec Wait(string each, double seconds, int children) => PlanReader.Read(
        string.Create(CultureInfo.InvariantCulture, $$"""
            { "name": "wait", "each": { {{each}} }, "do": { "wait": {{seconds}} }, "limits": { "timeout": "1h" },
              "children": {{children}}, "cell": "thread" }
            """), "bench") with
    { Merge = new MergeSpec(MergeKind.None) };

    public static PlanSpec Wait(int tasks, int children) => Wait($"\"range\": \"1..{tasks}\"", 0, children);

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
