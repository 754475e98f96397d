using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Simulation;

/// <summary>What must hold of budgets and of attempts that wait, seen from outside of the engine.</summary>
/// <param name="store">The store that all parents share.</param>
internal sealed class BudgetInvariants(IStoreReader store)
{
    /// <summary>An attempt's clock begins with its claim, which is let out with the next commit.</summary>
    private static readonly TimeSpan ClaimToStart = TimeSpan.FromSeconds(0.05);

    private readonly Dictionary<(string Job, int Ordinal), int> _failures = [];

    private static void Must(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvariantBrokenException(otherwise);
        }
    }

    /// <summary>Something became of an attempt that may be held against it.</summary>
    public void Failed(AttemptOrder order) =>
        _failures[(order.Job, order.Ordinal)] = _failures.GetValueOrDefault((order.Job, order.Ordinal)) + 1;

    /// <summary>Nothing else is: a wait is no failure. Nor does a wait outlive the attempt.</summary>
    public void Committed(CommitBatch batch, CommitResult result)
    {
        foreach (var row in batch.Tasks.Where(row => !result.Rejected.Contains(row.Job)))
        {
            Must(row.Failures <= _failures.GetValueOrDefault((row.Job, row.Ordinal)),
                $"{row} failed more often than it did");
        }

        foreach (var child in batch.Children)
        {
            Must(child.WaitsFor is null || child.State is ChildState.Busy or ChildState.Draining,
                $"{child} waits and does not work");
            Must(child.WaitsFor is not null || child.WaitsUntil is null, $"{child} waits for nothing");
        }
    }

    /// <summary>What started fits, as far as the job's row and the other attempts that run say.</summary>
    /// <param name="order">What started.</param>
    /// <param name="job">The job.</param>
    /// <param name="running">Its other attempts.</param>
    public void Started(AttemptOrder order, JobStart job, IReadOnlyList<AttemptOrder> running)
    {
        Must(store.ListChildren().Single(child => child.Id == order.Child).WaitsFor is null,
            $"{order} starts and waits already");
        var status = store.FindJob(order.Job)!.Status;
        var (stage, budget) = (Invariants.StageOf(job, order.Ordinal), job.Budget);
        Must(budget.Time is not { } time || status.ActiveSeconds <= time.TotalSeconds + 1e-3,
            $"{order} starts after {status.ActiveSeconds} s of {budget.Time}");
        Must(budget.Memory is not { } memory || running.Count == 0
            || stage.Memory + running.Sum(other => Invariants.StageOf(job, other.Ordinal).Memory) <= memory,
            $"{order} starts beyond the job's memory of {budget.Memory}");
        if (!DisasterPlan.IsExact(job))
        {
            return; // what such a job expects changes with what it sees
        }

        Fits("tokens", budget.Tokens, status.Tokens.Input, one => one.Tokens);
        Fits("dollars", (double?)budget.CostUsd, (double)status.CostUsd, one => one.CostUsd);

        void Fits(string what, double? most, double used, Func<StagePlan, double> of)
        {
            var others = running.Sum(other => of(Invariants.StageOf(job, other.Ordinal)));
            var next = of(stage);
            Must(most is null || next == 0 || used + others + next <= most || used + others == 0,
                $"{order} starts with {used} {what} used, {others} at work and {next} expected of {most}");
        }
    }

    /// <summary>Time that an attempt waits is not its own.</summary>
    public static void TimedOut(SimulatedChild child, StagePlan stage, long now) => Must(
        child.WorkedBy(now) >= (stage.Timeout - ClaimToStart).Ticks,
        $"{child.Running} is timed out after {TimeSpan.FromTicks(child.WorkedBy(now))} of {stage.Timeout}, "
            + $"waiting: {child.IsWaiting}");

    /// <summary>
    /// A job whose expectations held never used more than its budget, but for a first task that is larger.
    /// </summary>
    public static void CheckEnd(JobStart start, JobStatusRecord status)
    {
        if (DisasterPlan.IsExact(start))
        {
            Must(start.Budget.Tokens is not { } tokens
                || status.Tokens.Input <= Math.Max(tokens, start.Stages.Max(stage => stage.Tokens)),
                $"{start.Record.Id} used {status.Tokens} of {start.Budget.Tokens}");
            Must(start.Budget.CostUsd is not { } cost
                || status.CostUsd <= Math.Max(cost, (decimal)start.Stages.Max(stage => stage.CostUsd)),
                $"{start.Record.Id} spent {status.CostUsd} of {start.Budget.CostUsd}");
        }
    }
}
