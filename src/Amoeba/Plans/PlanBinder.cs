using System.Text;
using Amoeba.Jobs;

namespace Amoeba.Plans;

/// <summary>Nodes to plan.</summary>
internal static class PlanBinder
{
    public const int MaxTasks = 10_000;
    public const int MaxChildren = 10_000;

    public static PlanSpec? Bind(PlanCursor root, PlanBinding binding, string sourceName)
    {
        var map = root.Map(PlanNames.Plan, "a map with each and do, or tasks");
        if (root.Node.Kind != NodeKind.Map) return null;
        var name = map["name"]?.Label("a name") ?? NameOf(sourceName);
        var type = map["type"]?.Label("a type");
        var vars = Vars(map["vars"], binding);
        var tasks = Tasks(map, binding, name, type);
        var cell = map["cell"]?.OneOf(PlanNames.Cells) ?? CellKind.Auto;
        var isolation = map["isolation"]?.OneOf(PlanNames.Isolations) ?? Isolation.None;
        if (CellKinds.Conflict(cell, isolation) is { } conflict) map.Fail("isolation", conflict);
        return new PlanSpec
        {
            Name = name,
            Description = map["description"]?.Text(),
            Type = type ?? (tasks.Count > 0 && tasks[0].Do.Count > 0 ? TypeOf(tasks[0].Do[0], name) : ""),
            Tasks = tasks,
            Merge = Merge(map, binding, tasks),
            Children = map["children"] is { } children && children.Node.Text != "auto"
                ? children.Integer(1, MaxChildren)
                : null,
            Cell = cell,
            Isolation = isolation,
            Strategy = map["strategy"]?.OneOf(PlanNames.Strategies) ?? Strategy.Auto,
            OnFailure = map["on_failure"]?.OneOf(PlanNames.Failures) ?? FailurePolicy.Continue,
            Budget = Budget(map["budget"]),
            Branch = map["branch"]?.Label("a branch") ?? "main",
            MaxDepth = map["max_depth"]?.Integer(0, 16) ?? 2,
            Reuse = map["reuse"]?.Bool() ?? false,
            Network = map["network"]?.Bool() ?? false,
            Vars = vars,
        };
    }

    /// <summary>What learning goes by where the plan says nothing: the tool and a name.</summary>
    public static string TypeOf(ToolSpec tool, string name)
    {
        var type = new StringBuilder(tool.Tool).Append('/');
        foreach (var c in name) type.Append(char.IsLetterOrDigit(c) || c == '/' ? char.ToLowerInvariant(c) : '_');
        return type.ToString(0, Math.Min(type.Length, 200));
    }

    private static string NameOf(string sourceName)
    {
        var name = Path.GetFileNameWithoutExtension(sourceName);
        return name is "" or "-" || name.Length > 200 || name.Any(char.IsControl) ? "plan" : name;
    }

    private static List<TaskSpec> Tasks(PlanMap map, PlanBinding binding, string name, string? type)
    {
        if (map["tasks"] is not { } tasks)
        {
            if (map["each"] is null)
            {
                map.Cursor.Errors.Add(map.Cursor.Node.At, "", "expected each with do, or tasks; the plan has neither.");
                return [];
            }

            binding.Tasks.Add(map);
            return [TaskBinder.Bind(map, map, binding, PlanSpec.EachTask, tool => type ?? TypeOf(tool, name))];
        }

        foreach (var alone in (string[])["each", "do", "batch", "group"])
        {
            if (map[alone] is not null) map.Fail(alone, "stands beside tasks; a plan has each with do, or tasks.");
        }

        var members = tasks.List("a list of tasks");
        if (members.Count == 0 && tasks.Node.Kind == NodeKind.List) tasks.Expect("at least one task");
        if (members.Count > MaxTasks)
        {
            tasks.Fail($"{members.Count} tasks are too many; at most {MaxTasks} can be listed. Use each for more.");
            return [];
        }

        var bound = new List<TaskSpec>(members.Count);
        foreach (var member in members)
        {
            var task = member.Map(PlanNames.Task, "a task such as { id: a, do: { run: [...] } }");
            binding.Task = bound.Count;
            binding.Tasks.Add(task);
            if (task["id"] is null) task.Fail("id", "missing; every task has an id.");
            var id = task["id"]?.Id("id") ?? "";
            bound.Add(TaskBinder.Bind(task, map, binding, id, tool => type ?? TypeOf(tool, $"{name}/{id}")));
        }

        return bound;
    }

    private static MergeSpec? Merge(PlanMap map, PlanBinding binding, List<TaskSpec> tasks)
    {
        binding.Task = PlanBinding.OfMerge;
        var alias = tasks.Select(task => task.Each?.As).FirstOrDefault(name => name is not null);
        binding.Names = new TemplateNames(alias, Output: true);
        return map["merge"] is { } merge ? MergeBinder.Bind(merge, map, binding) : null;
    }

    private static BudgetSpec Budget(PlanCursor? cursor)
    {
        if (cursor?.Map(PlanNames.Budget) is not { } map) return BudgetSpec.None;
        return new BudgetSpec(
            map["tokens"]?.Long(1, long.MaxValue),
            (decimal?)map["cost_usd"]?.Number(0, 1e9),
            map["time"]?.Duration(positive: true),
            map["memory"]?.Size());
    }

    private static SortedList<string, string> Vars(PlanCursor? cursor, PlanBinding binding)
    {
        var vars = new SortedList<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in binding.Options.Vars)
        {
            if (!PlanNames.IsId(name)) binding.Errors.Add(default, "--set", $"\"{name}\" is no name of a variable.");
            if (value.Contains('\0')) binding.Errors.Add(default, "--set", $"{name} holds a NUL character.");
            vars[name] = value;
        }

        if (cursor is not { } given) return vars;
        if (given.Node.Kind != NodeKind.Map) given.Expect("a map of names and default values");
        foreach (var (name, value) in new PlanMap(given).Named)
        {
            if (!PlanNames.IsId(name))
                value.Fail($"\"{name}\" is no name of a variable; expected letters, digits, _ and -.");
            if (vars.ContainsKey(name)) continue;
            if (value.Node.Kind == NodeKind.Null)
                value.Fail($"has no default; give one, or call with --set {name}=VALUE.");
            else vars[name] = value.Text();
        }

        return vars;
    }
}
