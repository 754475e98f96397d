using System.Globalization;

namespace Amoeba.Deciding;

/// <summary>
/// What a decision says for itself. A method for each way it can go, so that each is seen and tested alone.
/// </summary>
internal static class Reasons
{
    public const string Empty = "There are no tasks: nothing to split.";

    public const string Single = "A single task: there is nothing to split.";

    public const string Chain = "A chain: each task needs the one before it, so no two can run at once.";

    public const string SequentialStrategy = "One after the other, as asked (strategy: sequential).";

    public const string OneChild = "One after the other, as asked (children: 1).";

    public static string AsWished(Question question, int width, int unzoned)
    {
        var wish = question.Input.Wish;
        if (wish is null || wish == width)
            return Brings(question, width, ", as asked,") + Held(question, width, unzoned);
        var text = Brings(question, width, "");
        if (width < unzoned)
            return text + Held(question, width, unzoned);
        return question.Cap.Width < question.AtOnce
            ? $"{text} Asked for {wish}, held to {width} by {question.Cap.Name}."
            : $"{text} Asked for {wish}, "
                + $"but no more than {Say.Count(width, "task is", "tasks are")} ever ready at once.";
    }

    public static string WorthIt(Question question, int width, int unzoned) =>
        Brings(question, width, "") + Held(question, width, unzoned);

    public static string CapForbids(Question question) =>
        $"One after the other: held to {Math.Max(1, question.Cap.Width)} at a time by {question.Cap.Name}.";

    public static string ZoneForbids(Question question) => $"One after the other. {Zone(question)}";

    public static string NothingGained(Question question) =>
        "One after the other: more children would not end sooner than the "
        + $"{Say.Seconds(question.SequentialSeconds)} that one takes.";

    public static string GainTooSmall(Question question, int width) =>
        $"One after the other: {width} children would save {Say.Percent(question.Gain(width))} of "
        + $"{Say.Seconds(question.SequentialSeconds)}, and a split has to save {Say.Percent(question.Threshold)} "
        + $"({(CellCosts.IsHeavy(question.Cell) ? "gain.heavy" : "gain.light")}).";

    public static string Corrected(DecisionInput before, IReadOnlyList<StageResults> results, int width, int proposed)
    {
        var most = results.MaxBy(result => result.Count);
        var stage = before.Stages[most.Stage];
        var expected = stage.EachSeconds is null ? $" where {Say.Seconds(stage.Seconds)} was expected" : "";
        return $"From {width} to {proposed} at a time after the first {Say.Count(most.Count, "result", "results")}: "
            + $"a task took about {Say.Seconds(most.MeanSeconds)}{expected}"
            + (most.CpuSeconds is { } cpu ? $", {Say.Seconds(cpu)} of it computing" : "")
            + (most.PeakMemory is { } peak ? $", and up to {Say.Bytes(peak)} of memory." : ".");
    }

    /// <summary>What the decision rests on, after the sentence that decided.</summary>
    public static IEnumerable<string> Supporting(Question question, int width)
    {
        if (question.Work.TotalTasks == 0)
            yield break;
        yield return Seconds(question);
        if (width > 1 && question.Input.Stages.Any(stage => stage.Tasks > 1 && stage.CpuAssumed && stage.CpuShare > 0))
            yield return question.Wished
                ? "How much of a processor a task needs is not known; it is taken that none slows another down."
                : "How much of a processor a task needs is assumed, because no earlier run says.";
        if (Spends(question.Input) is { } spends)
            yield return spends;
        if (question.Input.CellReason is { } cell)
            yield return cell;
    }

    private static string? Spends(DecisionInput input)
    {
        var calls = Spending.Calls(input);
        if (calls == 0)
            return null;
        var text = $"{Say.Count(calls, "call", "calls")} of {string.Join(", ", Spending.Models(input))}"
            + (input.Merge is { Calls: > 0 } merge ? $" ({merge.Calls} of them for the merge)" : "")
            + $", about {Say.Count((long)Spending.Tokens(input), "token", "tokens")}";
        var unpriced = Spending.Unpriced(input);
        if (unpriced.Count > 0)
            return $"{text}; what that costs is not known, because no price is given for "
                + $"{string.Join(", ", unpriced)}.";
        return Spending.CostsMoney(input)
            ? $"{text}, about {Say.Money(Spending.CostUsd(input))}."
            : $"{text}, which cost nothing.";
    }

    private static string Brings(Question question, int width, string asked) =>
        $"{width} children{asked} bring {Say.Count(question.Work.TotalTasks, "task", "tasks")} from "
        + $"{Say.Seconds(question.SequentialSeconds)} one after the other "
        + $"to about {Say.Seconds(question.Seconds(width))}: "
        + $"{Say.Percent(question.Gain(width))} saved.";

    private static string Held(Question question, int width, int unzoned)
    {
        if (width < unzoned)
            return $" {Zone(question)}";
        var open = question.Input.Wish is null && question.Cap.Width < question.AtOnce;
        return open && width == question.Cap.Width ? $" Held to {width} by {question.Cap.Name}." : "";
    }

    private static string Zone(Question question) => question.Input.Machine.Zone == "danger"
        ? "The machine is in its danger zone: nothing is split until it has room again."
        : "The machine is in its warning zone, which leaves two fifths of the width.";

    public static string Reused(int reused, int known) => reused == 0
        ? "Nothing is reused: no earlier result rests on what is there now."
        : $"{reused.ToString("#,0", CultureInfo.InvariantCulture)} of {Say.Count(known, "task", "tasks")} "
            + $"{(reused == 1 ? "is" : "are")} reused from earlier jobs, because nothing changed that they rest on.";

    public static string Repriced(decimal before, decimal now) =>
        $"What it would cost changed since this was decided: about {Say.Money(now)} now, "
            + $"about {Say.Money(before)} then.";

    private static string Seconds(Question question)
    {
        var stages = question.Input.Stages.Where(stage => stage.Tasks > 0).ToList();
        var tasks = question.Work.TotalTasks;
        var mean = Say.Seconds(question.Work.TotalSeconds / tasks);
        var about = tasks == 1
            ? $"The task is taken to last about {mean}"
            : $"A task is taken to last about {mean} on average";
        if (stages.All(stage => stage.SecondsFrom == "history"))
            return $"{about}, from earlier runs.";
        if (stages.All(stage => stage.SecondsFrom == "measured"))
            return $"{about}, from this job's first results.";
        if (stages.All(stage => stage.SecondsFrom == "estimate"))
            return $"{about}, estimated by the plan.";
        return stages.All(stage => stage.SecondsFrom == "assumed")
            ? $"{about}, which is assumed, because neither the plan nor earlier runs say."
            : $"{about}; for some tasks that is assumed, because neither the plan nor earlier runs say.";
    }
}
