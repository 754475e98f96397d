using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;

namespace Amoeba.Engine;

/// <summary>
/// A job's budget. Tokens and money: nothing starts that is expected to go over it together with what runs; what runs
/// ends in its own time. Time: what runs when it is up is stopped, and runs again if somebody goes on. Either way the
/// job is interrupted, with all that is done, and goes on with another budget.
/// </summary>
internal sealed partial class EngineCore
{
    /// <summary>Share of a budget at which a person is warned.</summary>
    private const double WarnAt = 0.8;

    /// <summary>What seconds that were added up may be off.</summary>
    private const double Rounding = 1e-6;

    /// <summary>
    /// Whether the job's budget has room for a task. What is expected to use nothing of it, such as a merge by a
    /// program, always fits; an expectation that is too large for the whole budget does not keep a job from beginning.
    /// </summary>
    private static bool HasBudgetFor(LiveJob job, LiveTask task)
    {
        var budget = job.Start.Budget;
        if (job.Unasked is not null || job.Lacks is not null)
        {
            return false;
        }

        if (budget is { Tokens: null, CostUsd: null, Memory: null })
        {
            return !job.IsOverTime;
        }

        var next = task.Stage.Expected;
        var tokens = Fits(budget.Tokens, UsedTokens(job), job.Expected.Tokens, next.Tokens);
        var cost = Fits((double?)budget.CostUsd, (double)job.CostUsd, job.Expected.CostUsd, next.CostUsd);
        var memory = budget.Memory is not { } most || job.MemoryInUse == 0
            || job.MemoryInUse + task.Stage.Plan.Memory <= most;
        return tokens && cost && memory && !job.IsOverTime;
    }

    private static bool Fits(double? budget, double used, double running, double next) =>
        budget is not { } most || next <= 0 || used + running + next <= most || (used == 0 && running == 0);

    private static double UsedTokens(LiveJob job) => job.Tokens.Input + job.Tokens.Output + job.Tokens.Cached;

    private double UsedSeconds(LiveJob job) => job.ActiveSeconds
        + (job.ActiveSince is { } since ? TimeSpan.FromTicks(_now.Uptime - since).TotalSeconds : 0);

    /// <summary>That share of the job's time is used.</summary>
    private bool IsUp(LiveJob job, double share) =>
        UsedSeconds(job) + Rounding >= job.Start.Budget.Time?.TotalSeconds * share;

    /// <summary>Stops a job of which nothing runs and nothing may start any more before a person said so.</summary>
    private void StopAtBudget(LiveJob job)
    {
        if (job is { MayStart: true, Running: 0, Unasked: { } unasked })
        {
            StopShort(job, "ask", unasked, $"stopped to ask: {unasked}");
            return;
        }

        // One that is still coming up may show that nothing lacks any more; its patience ends.
        if (job is { MayStart: true, Running: 0, Coming: 0, Lacks: { } lacks })
        {
            StopShort(job, "lack", lacks, $"{JobStatusRecord.StoppedByLack}{lacks}");
            return;
        }

        var budget = job.Start.Budget;
        if (!job.MayStart || job.Running > 0 || (budget is { Tokens: null, CostUsd: null, Time: null }))
        {
            return;
        }

        if (job.Peek(programs: true, out _) is not { } task || HasBudgetFor(job, task))
        {
            return;
        }

        var what = job.IsOverTime
            ? $"its {Scaled(budget.Time!.Value)} are up"
            : Fits(budget.Tokens, UsedTokens(job), 0, task.Stage.Expected.Tokens)
                ? Money(job)
                : Tokens(job);
        StopShort(job, "budget", $"stopped: {what}",
            $"stopped at its budget: {what}; what is done is kept, and it goes on with a larger one");
    }

    private void StopShort(LiveJob job, string what, string why, string reason)
    {
        Audit("amoeba", what, job.Id, why);
        StopClock(job);
        job.Move(JobState.Interrupted);
        job.Reason = reason;
        GiveUp(job);
    }

    /// <summary>Says once that most of the budget is used.</summary>
    private void WarnOfBudget(LiveJob job)
    {
        var budget = job.Start.Budget;
        if (job.IsBudgetWarned || !job.MayStart)
        {
            return;
        }

        var what = UsedTokens(job) >= budget.Tokens * WarnAt ? Tokens(job)
            : (double)job.CostUsd >= (double?)budget.CostUsd * WarnAt ? Money(job)
            : IsUp(job, WarnAt) ? $"{UsedSeconds(job):0} s of {Scaled(budget.Time!.Value)}"
            : null;
        if (what is null)
        {
            return;
        }

        job.IsBudgetWarned = true;
        job.Reason = $"warning: most of its budget is used: {what}";
        Audit("amoeba", "budget", job.Id, $"warned: {what}");
        MarkDirty(job);
    }

    /// <summary>When the job's budget of time has to be looked at; <see cref="long.MaxValue"/> for never.</summary>
    private static long TimeBudgetDue(LiveJob job)
    {
        if (job.Start.Budget.Time is not { } time
            || job.ActiveSince is not { } since || !job.MayStart || job.IsOverTime)
        {
            return long.MaxValue;
        }

        var share = job.IsBudgetWarned ? 1 : WarnAt;
        return since + (long)Math.Ceiling(((time.TotalSeconds * share) - job.ActiveSeconds) * TimeSpan.TicksPerSecond);
    }

    private void OnTimeBudget(LiveJob job)
    {
        WarnOfBudget(job);
        if (!IsUp(job, 1))
        {
            return;
        }

        job.IsOverTime = true;
        StopRunning(job, StopReason.Interrupted, options.KillGrace);
    }

    private static string Tokens(LiveJob job) => string.Create(CultureInfo.InvariantCulture,
        $"{UsedTokens(job):N0} of {job.Start.Budget.Tokens:N0} tokens are used");

    private static string Money(LiveJob job) => string.Create(CultureInfo.InvariantCulture,
        $"${job.CostUsd:0.####} of ${job.Start.Budget.CostUsd:0.####} are spent");

    private static string Scaled(TimeSpan time) => Plans.PlanUnits.Show(time);
}
