namespace Amoeba.Plans;

/// <summary>What can only be checked once all tasks are known.</summary>
internal static class PlanValidator
{
    /// <summary>
    /// Each may grow to <see cref="EachBinder.MaxItems"/>, and all tasks of a job are numbered in 31 bits.
    /// </summary>
    private const int MaxFlows = 200;

    public static void Check(PlanSpec plan, PlanBinding binding)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < plan.Tasks.Count; i++)
        {
            if (!index.TryAdd(plan.Tasks[i].Id, i))
                binding.Tasks[i].Fail("id", $"{plan.Tasks[i].Id} is there twice; ids are unique.");
        }

        CheckNeeds(plan, binding, index);
        CheckFlows(plan, binding);
        if (binding.Errors.Any) return;
        if (NeedsCycle.Find(plan.Tasks, index) is { } cycle)
        {
            var names = string.Join(" -> ", cycle.Select(task => plan.Tasks[task].Id));
            binding.Tasks[cycle[0]].Fail("needs", $"a cycle: {names}. Tasks that need each other can never start.");
            return;
        }

        var closure = new Lazy<NeedsClosure>(() => new NeedsClosure(plan.Tasks, index));
        foreach (var use in binding.Uses) CheckUse(use, plan, index, closure);
        FetchBinder.CheckKnown(plan, binding);
        // A stored job was accepted under the rules of its day, and goes on.
        if (!binding.Options.Stored) CheckVariables(plan, binding);
    }

    private static void CheckVariables(PlanSpec plan, PlanBinding binding)
    {
        var programs = plan.Merge?.Kind == MergeKind.Run;
        for (var i = 0; i < plan.Tasks.Count; i++)
        {
            if (!VariableNames.AreRead(plan.Tasks[i])) continue;
            programs = true;
            if (VariableNames.Clash(plan.Tasks[i].Needs) is (var first, var second))
            {
                binding.Tasks[i]
                    .Fail("needs", $"programs would be given what {first} and {second} gave as one variable, "
                    + $"AMOEBA_INPUT_{VariableNames.Upper(first)}; rename one of the tasks.");
            }
        }

        if (programs && VariableNames.Clash([.. plan.Vars.Keys]) is (var one, var other))
        {
            binding.Root.Fail("vars", $"programs would be given {one} and {other} as one variable, "
                + $"AMOEBA_VAR_{VariableNames.Upper(one)}; rename one of them.");
        }
    }

    private static void CheckNeeds(PlanSpec plan, PlanBinding binding, Dictionary<string, int> index)
    {
        for (var i = 0; i < plan.Tasks.Count; i++)
        {
            foreach (var need in plan.Tasks[i].Needs) CheckNeed(i, "needs", need, binding, index);
            if (plan.Tasks[i].From is { } from) CheckNeed(i, "each", from, binding, index);
        }
    }

    private static void CheckFlows(PlanSpec plan, PlanBinding binding)
    {
        var flows = 0;
        for (var i = 0; i < plan.Tasks.Count; i++)
        {
            if (plan.Tasks[i].From is not null && ++flows > MaxFlows)
            {
                binding.Tasks[i].Fail("each", $"more than {MaxFlows} tasks take their items from another task.");
                return;
            }
        }
    }

    private static void CheckNeed(int task, string key, string need, PlanBinding binding, Dictionary<string, int> index)
    {
        if (index.ContainsKey(need)) return;
        var nearest = binding.Errors.Full ? null : NearestName.Of(need, index.Keys);
        var guess = nearest is null ? "." : $"; did you mean {nearest}?";
        binding.Tasks[task].Fail(key, $"there is no task {need}{guess}");
    }

    private static void CheckUse(
        TemplateUse use, PlanSpec plan, Dictionary<string, int> index, Lazy<NeedsClosure> closure)
    {
        foreach (var part in use.Template.Parts)
        {
            switch (part.Kind)
            {
                case VariableKind.Var when !plan.Vars.ContainsKey(part.Text):
                    var near = NearestName.Of(part.Text, plan.Vars.Keys);
                    use.At.Fail($"unknown variable {part}" + (near is null ? "." : $"; did you mean {{vars.{near}}}?")
                        + $" Name it in vars, or call with --set {part.Text}=VALUE.");
                    break;
                case VariableKind.Item or VariableKind.ItemField
                    when use.Task >= 0 && plan.Tasks[use.Task].Each is null:
                    use.At.Fail($"{part} has no value: the task has no each.");
                    break;
                case VariableKind.Item or VariableKind.ItemField when use.Task < 0 && plan.Merge?.Kind == MergeKind.Run:
                    use.At.Fail($"{part} has no value: a merge's command reads all results from its standard input.");
                    break;
                case VariableKind.Item or VariableKind.ItemField or VariableKind.Index
                    when use.Task < 0 && plan.Merge?.Kind == MergeKind.Chat:
                    use.At.Fail($"{part} has no value: a merge by a model has all results, "
                        + $"in {{results}}, each with its item.");
                    break;
                case VariableKind.TaskOutput or VariableKind.TaskFile:
                    CheckTask(use, part, plan, index, closure);
                    break;
            }
        }
    }

    private static void CheckTask(
        TemplateUse use, TemplatePart part, PlanSpec plan, Dictionary<string, int> index, Lazy<NeedsClosure> closure)
    {
        if (!index.TryGetValue(part.Text, out var wanted))
        {
            var nearest = use.At.Errors.Full ? null : NearestName.Of(part.Text, index.Keys);
            use.At.Fail($"there is no task {part.Text}" + (nearest is null ? "." : $"; did you mean {nearest}?"));
        }
        else if (use.Task >= 0 && !plan.Tasks[use.Task].Needs.Contains(part.Text)
            && !closure.Value.Reaches(use.Task, wanted))
        {
            use.At.Fail($"{part} is not there yet when the task starts; add {part.Text} to its needs.");
        }
    }
}
