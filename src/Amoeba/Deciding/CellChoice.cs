using Amoeba.Jobs;

namespace Amoeba.Deciding;

/// <summary>
/// The kind of cell that `auto` stands for (SPEC 5.1): the lightest that gives the isolation that is asked for; a
/// detached one where so much time is expected that the end of the parent must not cost it.
/// </summary>
/// <param name="Cell">The kind.</param>
/// <param name="Reason">Why, as a sentence.</param>
internal sealed record CellChoice(CellKind Cell, string Reason)
{
    /// <summary>Seconds from which on something is better detached.</summary>
    private const double Long = 3600;

    /// <summary>Seconds of a task beside which the start of a process of its own does not count.</summary>
    private const double WorthAProcess = 60;

    public static CellChoice Lightest(DecisionInput input)
    {
        var cell = CellKinds.Lightest(input.Isolation);
        return new CellChoice(cell, cell switch
        {
            CellKind.Docker =>
                "Children live in docker cells, the only kind that is a container (isolation: container).",
            CellKind.Process =>
                "Children live in process cells, the lightest kind that keeps them out of the parent's "
                    + "process (isolation: process).",
            _ =>
                "Children live in thread cells, the lightest kind there is: no isolation is asked for, "
                    + "and nothing is expected to take an hour.",
        });
    }

    /// <summary>Another choice where much time is expected; null where the lightest stays.</summary>
    /// <param name="input">What is decided.</param>
    /// <param name="lightest">The decision with the lightest kind.</param>
    public static CellChoice? ForLong(DecisionInput input, Decision lightest)
    {
        if (input.Isolation > Isolation.Process || input.InParent || Expects(input, lightest) is not { } expects)
            return null;
        if (input.WhyNotDetached is not { } missing)
            return new CellChoice(CellKind.Detached,
                $"Children live in detached cells, which go on when the parent ends: {expects}.");
        var detached =
            "For that a detached cell would be right, which goes on when the parent ends, but it cannot be used here: "
                + $"{missing.TrimEnd('.')}.";
        return new CellChoice(
            lightest.Cell, $"Children live in {Names.Of(lightest.Cell)} cells, though {expects}. {detached}");
    }

    /// <summary>The decision's input with what was chosen, so that second thoughts keep to it.</summary>
    public DecisionInput Pin(DecisionInput input) => input with
    {
        Cell = Cell,
        CellReason = Reason,
        Stages = ToolDefaults.MemoryOf(Cell) is > 0 and var worker
            ? [.. input.Stages.Select(stage => stage with { Memory = stage.Memory + worker })]
            : input.Stages,
    };

    private static string? Expects(DecisionInput input, Decision lightest)
    {
        // Answers of servers come to the parent whatever the cell, and a guess is no reason for anything.
        var stages = input.Stages.Where(stage => stage.Tasks > 0 && stage.SecondsFrom != "assumed"
            && (stage.Program || stage.Tool == "wait")).ToList();
        if (stages.Count == 0) return null;
        var longest = stages.Max(stage => stage.EachSeconds is { Count: > 0 } each ? each.Max() : stage.Seconds);
        if (longest > Long) return $"a task is expected to last about {Say.Seconds(longest)}";
        long tasks = 0;
        double seconds = 0;
        foreach (var stage in stages)
        {
            tasks += stage.Tasks;
            seconds += stage.EachSeconds is { } each ? each.Sum(one => (double)one) : stage.Tasks * stage.Seconds;
        }

        var isMost = seconds * 2 >= lightest.SequentialSeconds;
        return lightest.ParallelSeconds > Long && isMost && seconds / tasks >= WorthAProcess
            ? $"all of it is expected to last about {Say.Seconds(lightest.ParallelSeconds)}"
            : null;
    }
}
