using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Simulation;

/// <summary>Jobs with budgets: attempts use of them, they stop, and sooner or later somebody gives them more.</summary>
internal sealed partial class Disaster
{
    /// <summary>
    /// What an attempt used: as expected, or of a job whose expectations are worth little, anything up to twice that.
    /// </summary>
    private AttemptFigures FiguresOf(AttemptOrder order, AttemptEnd end)
    {
        var start = _jobs[order.Job];
        var stage = Invariants.StageOf(start, order.Ordinal);
        var share = end is AttemptEnd.Stopped ? _random.NextDouble()
            : DisasterPlan.IsExact(start) ? 1
            : _random.NextDouble() * 2;
        return new AttemptFigures
        {
            Execution = 1,
            Tokens = new TokenCounts((long)(stage.Tokens * share), 0, 0),
            CostUsd = (decimal)Math.Floor(stage.CostUsd * share / DisasterPlan.Coin) * (decimal)DisasterPlan.Coin,
        };
    }

    /// <summary>False for a job that stopped at its budget and is left so: nobody gave it more yet.</summary>
    private bool GoesOn(StoredJob job)
    {
        if (!IsAtItsBudget(job) || (FaultsOn && Chance(0.1)))
        {
            return true; // or somebody resumes it all the same, and it has to stop again
        }

        if (!Chance(0.3))
        {
            return false;
        }

        _invariants.Report.Raised++;
        var budget = _jobs[job.Id].Budget;
        _jobs[job.Id] = _jobs[job.Id] with
        {
            IsBudgetOwn = true,
            Budget = budget with
            {
                Tokens = budget.Tokens * 2,
                CostUsd = budget.CostUsd * 2,
                Time = budget.Time + TimeSpan.FromSeconds(_random.Next(10, 60)),
            },
        };
        return true;
    }

    private static bool IsAtItsBudget(StoredJob job) => job.Status.State == JobState.Interrupted
        && job.Status.Reason?.StartsWith("stopped at its budget", StringComparison.Ordinal) == true;
}
