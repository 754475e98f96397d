using Amoeba.Engine;

namespace Amoeba.Simulating;

/// <summary>
/// A job whose tasks are all alike goes round and round: once every child is at work, each round of one task a child
/// takes as long as the one before. A part of the job is played with the real engine, and then the same with some
/// rounds more, which shows what a round takes; the rest is arithmetic. Where rounds turn out not to be alike, and for
/// every other job, all of it is played.
/// </summary>
internal static class AlikeTasks
{
    /// <summary>Rounds that are played to see what one takes.</summary>
    private const int Rounds = 9;

    /// <summary>
    /// Rounds until everything that happens but once has happened: children come up, the first tasks end.
    /// </summary>
    private const int Settling = 8;

    /// <param name="start">The job.</param>
    /// <param name="playAll">Plays all of a job.</param>
    /// <param name="least">Tasks that are played in any case: those whose spans are kept.</param>
    public static SimulatedRun Play(
        JobStart start, Func<JobStart, SimulatedRun> playAll, int least = SimulatedRun.MostSpans)
    {
        if (Only(start) is not { } stage || stage.Units <= 2 * least || StopsAtBudget(start)) return playAll(start);
        var tried = playAll(Of(start, stage, least));
        var atOnce = tried.MostAtOnce;
        var part = least + Settling * atOnce;
        part += (stage.Units - part) % Math.Max(1, atOnce);
        if (tried.AnyFailed || atOnce == 0 || part + Rounds * atOnce >= stage.Units) return playAll(start);

        var first = playAll(Of(start, stage, part));
        var next = playAll(Of(start, stage, part + atOnce));
        var last = playAll(Of(start, stage, part + Rounds * atOnce));
        var round = (last.MakespanSeconds - first.MakespanSeconds) / Rounds;

        // A round more or nine: only the rounding to ticks of the clock may tell them apart.
        var off = Math.Abs(next.MakespanSeconds - first.MakespanSeconds - round);
        var same = off <= TimeSpan.FromTicks(2).TotalSeconds && last.MostAtOnce == atOnce && !last.AnyFailed;
        if (!same) return playAll(start);
        var rounds = (stage.Units - part) / atOnce;
        var makespan = first.MakespanSeconds + rounds * round;
        if (makespan > start.Budget.Time?.TotalSeconds) return playAll(start); // which stops in the middle
        return first with
        {
            MakespanSeconds = makespan,
            SequentialSeconds = first.SequentialSeconds + rounds * (next.SequentialSeconds - first.SequentialSeconds),
        };
    }

    /// <summary>
    /// The stage with all of the job's tasks, if they are alike; null otherwise. A merge comes after them.
    /// </summary>
    private static StagePlan? Only(JobStart start)
    {
        var stages = start.Stages.Where(stage => stage is { IsMerge: false, Items: > 0 }).Take(2).ToList();
        var isPlain = start.Stages.All(stage => stage is { From: null, IsGrouped: false });
        return isPlain && stages is [{ EachSeconds: null } only] ? only : null;
    }

    /// <summary>What is expected of all tasks goes over the budget, and so stops in the middle.</summary>
    private static bool StopsAtBudget(JobStart start) =>
        start.Stages.Sum(stage => stage.Units * stage.Tokens) > start.Budget.Tokens
        || start.Stages.Sum(stage => stage.Units * stage.CostUsd) > (double?)start.Budget.CostUsd;

    private static JobStart Of(JobStart start, StagePlan stage, int units) => start with
    {
        Stages = [.. start.Stages.Select(one => one == stage ? one with { Items = units * one.Batch } : one)],
    };
}
