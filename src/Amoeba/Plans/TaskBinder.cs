using System.Globalization;
using Amoeba.Jobs;

namespace Amoeba.Plans;

/// <summary>One task: its own words over those the plan says for all.</summary>
internal static class TaskBinder
{
    private const int MaxBatch = 100_000;
    private const int MaxRetries = 1000;

    /// <summary>The smallest program there is takes about this much.</summary>
    private const long LeastMemory = 1 << 20;

    /// <summary>Below this not even a shell with its pipes gets far.</summary>
    private const int MinFiles = 16;

    public static TaskSpec Bind(
        PlanMap task, PlanMap plan, PlanBinding binding, string id, Func<ToolSpec, string> typeOf)
    {
        var each = task["each"] is { } source ? EachBinder.Bind(source, binding) : null;
        binding.Names = new TemplateNames(each?.As);
        var tools = Tools(task, binding);
        var (batch, group) = (Batch(task), Group(task, binding));
        if (batch > 1 && (group is not null || each is FromEach))
        {
            task.Fail("batch", group is not null
                ? "cannot be together with group: a group's items go one by one."
                : "cannot be together with from: each item flows on as it appears.");
        }

        PlanCursor? Either(string name) => task[name] ?? plan[name];
        return new TaskSpec
        {
            Id = id,
            Description = ReferenceEquals(task, plan) ? null : task["description"]?.Text(),
            Needs = ReferenceEquals(task, plan) ? [] : Needs(task["needs"]),
            Each = each,
            Batch = batch,
            Group = group,
            Do = tools,
            Type = task["type"]?.Label("a type") ?? (tools.Count > 0 ? typeOf(tools[0]) : ""),
            Skill = Either("skill")?.Label("a skill"),
            Priority = Either("priority")?.OneOf(PlanNames.Priorities) ?? Priority.Medium,
            Deadline = Either("deadline") is { } deadline ? Deadline(deadline, binding.Options) : null,
            Limits = Limits(task["limits"], Limits(plan["limits"], binding.Options.Limits, binding), binding),
            Verify = Either("verify") is { } verify ? ToolBinder.Bind(verify, PlanNames.Verify, binding) : null,
            Estimate = Estimate(task["estimate"], plan["estimate"], binding),
            Env = Env(task["env"], plan["env"], binding),
            Affinity = Either("affinity")?.Label("an affinity"),
            Ref = Either("ref")?.Label("a reference"),
            Idempotent = Either("idempotent")?.Bool() ?? true,
        };
    }

    public static LimitSpec Limits(PlanCursor? cursor, LimitSpec defaults, PlanBinding binding)
    {
        if (cursor?.Map(PlanNames.Limits) is not { } map) return defaults;
        var limits = defaults;
        // A job that was accepted once can be gone on with, whatever was accepted then.
        var leastMemory = binding.Options.Stored ? 1 : LeastMemory;
        foreach (var name in PlanNames.Limits)
        {
            if (map[name] is { } value) limits = Limit(name, value, limits, leastMemory);
        }

        return limits;
    }

    /// <summary>One limit laid over the others.</summary>
    public static LimitSpec Limit(
        string name, PlanCursor value, LimitSpec limits, long leastMemory = LeastMemory) => name switch
        {
            "memory" => limits with { Memory = value.Size(leastMemory) },
            "cpu" => limits with { Cpu = value.Number(0.01, 4096) },
            "timeout" => limits with { Timeout = value.Duration(positive: true) },
            "stall" => limits with { Stall = value.Node.Text == "off" ? TimeSpan.Zero : value.Duration() },
            "output" => limits with { Output = value.Size() },
            "processes" => limits with { Processes = value.Integer(1, 1_000_000) },
            "files" => limits with { Files = value.Integer(MinFiles, 1_000_000) },
            "retries" => limits with { Retries = value.Integer(0, MaxRetries) },
            "tokens" => limits with { Tokens = value.Long(1, long.MaxValue) },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such limit"),
        };

    private static IReadOnlyList<ToolSpec> Tools(PlanMap task, PlanBinding binding)
    {
        if (task["do"] is { } tool) return ToolBinder.BindChain(tool, binding);
        if (task["description"] is { } description) return DefaultTool.Bind(description, binding);
        task.Fail("do", $"missing; expected a tool: {string.Join(", ", PlanNames.Tools)}.");
        return [];
    }

    private static int Batch(PlanMap task)
    {
        if (Beside(task, "batch") is not { } batch) return 1;
        if (batch.Node.Text != "auto") return batch.Integer(1, MaxBatch);
        batch.Fail("auto is not supported by this version; expected a whole number of items.");
        return 1;
    }

    /// <summary>`item.language`, or a template such as `{item.language}`.</summary>
    private static Template? Group(PlanMap task, PlanBinding binding)
    {
        if (Beside(task, "group") is not { } group) return null;
        var isTemplate = !group.Node.IsScalar || group.Node.Text.Contains('{', StringComparison.Ordinal);
        var node =
            isTemplate ? group.Node : new PlanNode(NodeKind.Text, group.Node.At) { Text = $"{{{group.Node.Text}}}" };
        var template = binding.Template(group with { Node = node }, "what items are grouped by, such as item.language");
        if (template.Parts.Any(part => part.Kind is VariableKind.TaskOutput or VariableKind.TaskFile))
            group.Fail("speaks of another task's output; items are grouped by what they are.");
        return template;
    }

    /// <summary>What belongs to `each` and may stand in it or beside it.</summary>
    private static PlanCursor? Beside(PlanMap task, string name)
    {
        var within = task["each"] is { Node.Kind: NodeKind.Map } each ? new PlanMap(each)[name] : null;
        if (task[name] is { } own && task["each"] is null)
            own.Fail($"stands without each; only items can be {(name == "batch" ? "batched" : "grouped")}.");
        if (within is not null && task[name] is { } second) second.Fail("is there twice: here and in each.");
        return within ?? task[name];
    }

    private static List<string> Needs(PlanCursor? cursor)
    {
        if (cursor is not { } given) return [];
        if (given.Node.IsScalar) return [given.Text()];
        var needs = new List<string>();
        foreach (var need in given.List("a list of task ids"))
        {
            var id = need.Text("a task's id");
            if (needs.Contains(id)) need.Fail($"{id} is there twice.");
            else needs.Add(id);
        }

        return needs;
    }

    private static DateTimeOffset? Deadline(PlanCursor cursor, PlanReadOptions options)
    {
        var now = options.Now;
        var text = cursor.Text("a point in time");
        if (now is { } start && PlanUnits.TryDuration(text, out var span)) return start + span;
        if (text.Length > 16 && (text[^1] == 'Z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, PlanUnits.Culture, DateTimeStyles.RoundtripKind, out var at))
        {
            if (at <= now)
            {
                cursor.Errors.Warn("deadline", cursor.Node.At, cursor.Path,
                    $"{text} is past already: nothing is ended for it, but it goes before what has time left.");
            }

            return at;
        }

        cursor.Expect("a point in time with its zone such as 2030-01-31T12:00:00Z"
            + (now is null ? "" : ", or a time from now such as 2h"));
        return null;
    }

    private static EstimateSpec Estimate(PlanCursor? own, PlanCursor? plan, PlanBinding binding)
    {
        var (first, second) = (own?.Map(PlanNames.Estimate), plan?.Map(PlanNames.Estimate));
        Figure? Read(string name, Func<PlanCursor, double> read) =>
            (first?[name] ?? second?[name]) is { } cursor ? binding.Figure(cursor, read) : null;
        return new EstimateSpec(
            Read("seconds", cursor => cursor.Duration().TotalSeconds),
            Read("memory", cursor => cursor.Size()),
            Read("tokens", cursor => cursor.Number(0, 1e15)));
    }

    private static SortedList<string, Template> Env(PlanCursor? own, PlanCursor? plan, PlanBinding binding)
    {
        var env = new SortedList<string, Template>(StringComparer.Ordinal);
        Lay(plan);
        if (own != plan) Lay(own);
        return env;

        void Lay(PlanCursor? cursor)
        {
            if (cursor is not { } given) return;
            if (given.Node.Kind != NodeKind.Map) given.Expect("a map of names and values");
            foreach (var (name, value) in new PlanMap(given).Named)
            {
                if (!IsEnvironmentName(name)) value.Fail($"\"{name}\" is no name of an environment variable.");
                if (name.StartsWith("AMOEBA_", StringComparison.OrdinalIgnoreCase))
                    value.Fail("names with AMOEBA_ are Amoeba's own.");
                env[name] = value.Node.Kind == NodeKind.Null ? Template.Literal("") : binding.Template(value);
            }
        }
    }

    /// <summary>
    /// Of a merge by a program. What the plan says for its tasks is its too, without what speaks of an item: it has
    /// none. Mistakes there are told with the tasks.
    /// </summary>
    /// <param name="own">Beside its program.</param>
    /// <param name="plan">The plan's.</param>
    /// <param name="names">What the plan's templates know.</param>
    /// <param name="binding">With what its own know.</param>
    public static SortedList<string, Template> EnvOfMerge(
        PlanCursor? own, PlanCursor? plan, TemplateNames names, PlanBinding binding)
    {
        var env = Env(own, null, binding);
        if (plan is not { Node.Kind: NodeKind.Map } given) return env;
        foreach (var (name, value) in new PlanMap(given).Named)
        {
            if (env.ContainsKey(name) || !value.Node.IsScalar) continue;
            var text = value.Node.Kind == NodeKind.Null ? "" : value.Node.Text;
            if (Template.TryParse(text, names, out var template, out _) && !template.Parts.Any(IsOfItem))
                env.Add(name, template);
        }

        return env;
    }

    private static bool IsOfItem(TemplatePart part) =>
        part.Kind is VariableKind.Item or VariableKind.ItemField or VariableKind.Index;

    public static bool IsEnvironmentName(string name) =>
        PlanNames.IsId(name) && !name.Contains('-', StringComparison.Ordinal);
}
