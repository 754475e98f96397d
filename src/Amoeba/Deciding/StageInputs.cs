using Amoeba.Jobs;
using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Deciding;

/// <summary>What a plan says of its stages, with the tools' defaults where it says nothing.</summary>
internal static class StageInputs
{
    /// <param name="plan">A validated plan.</param>
    /// <param name="items">Items of each entry of the plan, in its order; 1 for one without `each`.</param>
    /// <param name="itemSeconds">
    /// By entry: the seconds of each item where the plan estimates them with a template, else null. An estimate is of
    /// one item; a batch takes as long as its items together.
    /// </param>
    /// <param name="cell">The cell that was asked for; a child's own memory is added to its task's.</param>
    /// <param name="models">The models that are configured, with their prices and quotas.</param>
    public static IReadOnlyList<StageInput> From(
        PlanSpec plan, IReadOnlyList<int> items, IReadOnlyList<IReadOnlyList<float>?>? itemSeconds = null,
        CellKind cell = CellKind.Auto, ModelCatalog? models = null)
    {
        var index = new Dictionary<string, int>();
        foreach (var task in plan.Tasks) index.Add(task.Id, index.Count);
        int CountOf(int at) => plan.Tasks[at].From is { } from
            ? (int)Math.Min((long)CountOf(index[from]) * Yield(plan.Tasks[index[from]]), EachBinder.MaxItems)
            : items[at];

        return [.. plan.Tasks.Select((task, at) => From(
            task, CountOf(at), itemSeconds?[at], [.. Before(task).Select(need => index[need])], cell) with
        {
            Call =
                task.Do.Any(tool => tool is ChatSpec) ? CallInputs.Of(task, plan, models ?? ModelCatalog.Empty) : null,
        })];
    }

    /// <summary>
    /// Items that one result of a task is assumed to yield while nobody has seen any: one where it is one of many, else
    /// as many as a command is assumed to list.
    /// </summary>
    public static int Yield(TaskSpec source) => source.Each is null ? EachBinder.AssumedItems : 1;

    private static IReadOnlyList<string> Before(TaskSpec task) =>
        task.From is { } from && !task.Needs.Contains(from) ? [.. task.Needs, from] : task.Needs;

    private static StageInput From(
        TaskSpec task, int items, IReadOnlyList<float>? itemSeconds, IReadOnlyList<int> needs, CellKind cell)
    {
        var tool = task.Do[0];
        var defaults = ToolDefaults.Of(tool.Tool);
        var batch = Math.Max(1, task.Batch);
        var tasks = (int)(((long)items + batch - 1) / batch);
        var (seconds, from) = SecondsOf(task, itemSeconds, defaults);
        return new StageInput
        {
            Id = task.Id,
            Tasks = tasks,
            Needs = needs,
            Tool = tool.Tool,
            Program = defaults.Program || task.Verify is { } verify && ToolDefaults.Of(verify.Tool).Program,
            CpuShare = Math.Min(defaults.CpuShare, task.Limits.Cpu ?? 1),
            CpuAssumed = true,
            Seconds = tasks == 0 ? seconds : seconds * items / tasks,
            SecondsFrom = from,
            EachSeconds = itemSeconds is null || batch == 1 ? itemSeconds : Batched(itemSeconds, batch),
            Memory = MemoryOf(task, defaults) + ToolDefaults.MemoryOf(cell),
        };
    }

    private static (double Seconds, string From) SecondsOf(
        TaskSpec task, IReadOnlyList<float>? itemSeconds, ToolDefaults defaults)
    {
        if (itemSeconds is { Count: > 0 })
            return (itemSeconds.Average(), "estimate");
        if (task.Estimate.Seconds is { Template: null } estimate)
            return (estimate.Value, "estimate");
        if (task.Do[0] is WaitSpec { Seconds: { Template: null } wait })
            return (wait.Value, "estimate");
        return (Math.Min(defaults.Seconds, task.Limits.Timeout.TotalSeconds), "assumed");
    }

    private static long MemoryOf(TaskSpec task, ToolDefaults defaults) =>
        task.Estimate.Memory is { Template: null } memory ? (long)memory.Value : defaults.Memory;

    private static float[] Batched(IReadOnlyList<float> seconds, int batch)
    {
        var sums = new float[(seconds.Count + batch - 1) / batch];
        for (var i = 0; i < seconds.Count; i++)
            sums[i / batch] += seconds[i];
        return sums;
    }
}
