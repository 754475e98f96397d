using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Hosting.Running;

/// <summary>What of a plan's cells can be known before anything runs.</summary>
internal static class CellChecks
{
    /// <summary>What was asked for has to be there; what auto would rather have need not.</summary>
    /// <exception cref="MachineLacksException">The kind of cell cannot be used here (exit 5).</exception>
    /// <exception cref="PlanException">One of its tools cannot run in such a cell (exit 2).</exception>
    public static void Check(PlanSpec plan, Isolation isolation, ParentOptions options, string? from)
    {
        if (CellKinds.Conflict(plan.Cell, isolation, from) is { } conflict)
        {
            throw new PlanException(conflict);
        }

        var cell = plan.Cell == CellKind.Auto ? CellKinds.Lightest(isolation) : plan.Cell;
        if (CellSight.Missing(cell, options) is { } missing)
        {
            throw new MachineLacksException($"{Asked(plan, isolation, from)} is not available: {missing}");
        }

        if (cell == CellKind.Detached && WhyNotDetached(plan) is { } why)
        {
            throw new PlanException(why);
        }

        if (cell != CellKind.Thread && Delegates(plan).FirstOrDefault() is { } own)
        {
            throw new PlanException(
                $"{own.Id}: a C# delegate lives in its program and cannot run in a {Names.Of(cell)} cell; use `cell: "
                    + "thread`, or a tool such as run");
        }
    }

    /// <summary>The kind of cell, and what asked for it where that was not its name.</summary>
    public static string Asked(PlanSpec plan, Isolation isolation, string? from) => plan.Cell == CellKind.Auto
        ? $"isolation: {Names.Of(isolation)}{(from is null ? "" : $" ({from})")} needs a "
            + $"{Names.Of(CellKinds.Lightest(isolation))} cell, which"
        : $"cell {Names.Of(plan.Cell)}";

    public static IEnumerable<TaskSpec> Delegates(PlanSpec plan) =>
        plan.Tasks.Where(task => task.Do.Any(tool => tool is DelegateSpec));

    /// <summary>
    /// Why the one kind that auto may choose and that is not always there cannot be used; null where it can.
    /// </summary>
    public static string? WhyNotDetached(PlanSpec plan, ParentOptions options) =>
        CellSight.Missing(CellKind.Detached, options) ?? WhyNotDetached(plan);

    private static string? WhyNotDetached(PlanSpec plan)
    {
        foreach (var task in plan.Tasks)
        {
            foreach (var tool in task.Do)
            {
                if (WhyNotDetached(tool) is { } why)
                {
                    return $"{task.Id}: {why}";
                }
            }
        }

        return null;
    }

    private static string? WhyNotDetached(ToolSpec tool) => tool switch
    {
        RunSpec or ShSpec or WaitSpec => null,
        ChatSpec =>
            "chat needs its parent, which has the keys, the quotas and the budget, "
                + "and a detached cell goes on without it; "
            + "use `cell: thread` or `cell: process`",
        FetchSpec =>
            "fetch needs its parent, which has the cache and the pauses between calls of one "
                + "server, and a detached cell "
            + "goes on without it; use `cell: thread` or `cell: process`, or a program such as curl with `run`",
        DelegateSpec =>
            "a C# delegate lives in its program and cannot outlive it in a detached cell; use `cell: "
                + "thread`, or a tool such as run",
        _ => "its tool needs its parent, and a detached cell goes on without it; use `cell: thread` or `cell: process`",
    };
}
