using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Simulation;

/// <summary>Random jobs for the disasters, small enough that a seed takes about a millisecond.</summary>
internal static class DisasterPlan
{
    /// <summary>Ordinals that are kept for a stage whose items flow into it.</summary>
    public const int FlowSpace = 1000;

    /// <summary>US dollars that all costs are multiples of, so that their sums are exact.</summary>
    public const double Coin = 1.0 / 64;

    public static JobStart Random(Random random, string id)
    {
        var stages = new List<StagePlan>();
        var first = 0;
        for (var index = random.Next(1, 5); index > 0; index--)
        {
            var stage = RandomStage(random, stages.Count, first);
            stages.Add(stage);
            first += stage.From is null ? stage.Items : FlowSpace;
        }

        var merge = (MergeWay)random.Next(3);
        if (merge == MergeWay.Task)
        {
            stages.Add(new StagePlan
            {
                Id = "merge",
                First = first,
                Items = 1,
                Needs = [.. Enumerable.Range(0, stages.Count)],
                Retries = random.Next(3),
                Timeout = TimeSpan.FromSeconds(60),
                IsMerge = true,
            });
        }

        var start = Start(id, stages, random.Next(1, 9), merge);
        var cell = random.Next(3) == 0 ? CellKind.Detached : CellKind.Thread;
        return start with
        {
            Decision = start.Decision with { Cell = cell, Input = start.Decision.Input with { Cell = cell } },
            Budget = RandomBudget(random, stages),
            OnFailure = random.Next(6) == 0 ? FailurePolicy.Stop : FailurePolicy.Continue,
            Asks = random.Next(5) == 0 ? Asks.Split : Asks.None,
            ApprovalHash = "same",
            Expiry = random.Next(2) == 0
                ? new ApprovalExpiry(TimeSpan.FromSeconds(random.Next(5, 40)), (AnswerKind)random.Next(4))
                : null,
        };
    }

    public static JobStart Start(
        string id, IReadOnlyList<StagePlan> stages, int children, MergeWay merge = MergeWay.None) => new()
        {
            Record = new JobRecord
            {
                Id = id,
                Name = id,
                Type = "disaster",
                PlanJson = "{}",
                OptionsJson = "{}",
                Folder = "/",
                StagesJson = "[]",
                Created = DateTimeOffset.UnixEpoch,
                Seed = id.Length * 7919L + id[^1],
            },
            Stages = stages,
            Decision = Decision(children, stages),
            By = "test",
            Merge = merge,
        };

    /// <summary>Its attempts use exactly what was expected of them.</summary>
    public static bool IsExact(JobStart job) => job.Record.Seed % 2 == 0;

    private static BudgetSpec RandomBudget(Random random, List<StagePlan> stages)
    {
        if (random.Next(5) < 3)
        {
            return BudgetSpec.None;
        }

        var (tokens, cost) =
            (stages.Sum(stage => stage.Tokens * stage.Units), stages.Sum(stage => stage.CostUsd * stage.Units));
        return new BudgetSpec(
            random.Next(2) == 0 ? Math.Max(1, (long)(tokens * random.NextDouble() * 1.2)) : null,
            random.Next(2) == 0 ? (decimal)Math.Max(Coin, cost * random.NextDouble() * 1.2) : null,
            random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(5, 90)) : null,
            random.Next(3) == 0 ? stages.Max(stage => stage.Memory) * random.Next(1, 4) : null);
    }

    private static StagePlan RandomStage(Random random, int index, int first)
    {
        var needs = Enumerable.Range(0, index).Where(_ => random.Next(3) == 0).ToArray();
        int? from = index > 0 && random.Next(3) == 0 ? random.Next(index) : null;
        var items = from is not null || random.Next(12) == 0 ? 0 : random.Next(1, 18);
        var grouped = random.Next(4) == 0;
        return new StagePlan
        {
            Id = $"s{index}",
            First = first,
            Items = items,
            From = from,
            IsGrouped = grouped,
            Groups = grouped ? [.. Enumerable.Range(0, items).Select(_ => random.Next(3))] : null,
            Batch = !grouped && from is null && random.Next(4) == 0 ? random.Next(2, 5) : 1,
            Needs = needs,
            Retries = random.Next(4),
            Timeout = TimeSpan.FromSeconds(random.Next(5, 40)),
            Stall = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(random.Next(1, 12)),
            Priority = (Priority)random.Next(4),
            Idempotent = random.Next(8) != 0,
            Program = random.Next(2) == 0,
            Memory = random.Next(1, 64) << 20,
            Seconds = random.Next(1, 8),
            Tokens = random.Next(3) == 0 ? 0 : random.Next(1, 10) * 100,
            CostUsd = random.Next(3) == 0 ? 0 : random.Next(1, 10) * Coin,
        };
    }

    private static Decision Decision(int children, IReadOnlyList<StagePlan> stages) => new()
    {
        Split = children > 1,
        Children = children,
        Gain = 0.5,
        SequentialSeconds = 10,
        ParallelSeconds = 5,
        MemoryBytes = 1 << 20,
        Cell = CellKind.Thread,
        Reasons = ["for the test"],
        Input = new DecisionInput
        {
            Wish = children,
            Machine = new MachineInput(2, 4L << 30, 500 << 20, 256, 10, 32, 2L << 30, "off"),
            Stages = [.. stages.Where(stage => !stage.IsMerge).Select(stage => new StageInput
            {
                Id = stage.Id,
                Tasks = (stage.Items + stage.Batch - 1) / stage.Batch,
                Tool = "wait",
                Seconds = stage.Seconds,
                SecondsFrom = "estimate",
                Memory = stage.Memory,
            })],
        },
    };
}
