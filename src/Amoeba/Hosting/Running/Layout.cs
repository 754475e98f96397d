using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Hosting.Binding;
using Amoeba.Hosting.Reading;
using Amoeba.Hosting.Reusing;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>How a job's tasks are numbered: its stages in plan order, the merge's own last.</summary>
internal static class Layout
{
    /// <summary>Bytes: prompts and answers of calls that go side by side.</summary>
    private const long ChatMergeMemory = 16 << 20;

    public static IReadOnlyList<StagePlan> Stages(
        PlanSpec plan, IReadOnlyList<StageManifest> manifests, IReadOnlyList<ItemEstimates> estimates,
        IReadOnlyList<StageInput> inputs, MergeCalls? calls, int width)
    {
        var stages = new List<StagePlan>();
        var places = new Dictionary<string, int>();
        foreach (var task in plan.Tasks)
        {
            places.Add(task.Id, places.Count);
        }

        var first = 0;
        for (var index = 0; index < plan.Tasks.Count; index++)
        {
            var task = plan.Tasks[index];
            var input = inputs[index];
            stages.Add(new StagePlan
            {
                Id = task.Id,
                First = first,
                Items = (int)manifests[index].Count,
                Batch = task.Batch,
                Needs = [.. task.Needs.Select(need => places[need])],
                From = task.From is { } from ? places[from] : null,
                AssumedItems = task.From is { } source ? StageInputs.Yield(plan.Tasks[places[source]]) : 0,
                Groups = estimates[index].Groups,
                IsGrouped = task.Group is not null,
                Retries = task.Limits.Retries,
                Timeout = task.Limits.Timeout,
                Stall = StallLimits.OfTask(task),
                Priority = task.Priority,
                Deadline = task.Deadline,
                Idempotent = task.Idempotent,
                Program = input.Program,
                Memory = input.Memory,
                Seconds = (float)input.Seconds,
                Tokens = input.Call?.Tokens ?? 0,
                CostUsd = input.Call?.CostUsd ?? 0,
                EachSeconds = estimates[index].Seconds,
            });
            first += manifests[index].Space;
        }

        if (plan.Merge is { IsTask: true } merge)
        {
            stages.Add(MergeStage(plan, merge, calls, width, first));
        }

        return stages;
    }

    public static MergeWay MergeOf(PlanSpec plan) =>
        plan.Merge switch
        {
            { IsTask: true } => MergeWay.Task,
            { Kind: MergeKind.None } => MergeWay.None,
            _ => MergeWay.Edge,
        };

    /// <summary>What the binder has to know of the job.</summary>
    public static JobContext Context(
        string job, PlanSpec plan, string folder, IReadOnlyList<StageManifest> manifests, JobItems items, CellKind cell,
        CountedOn counted, string? image = null)
    {
        var stages = new List<StageContext>();
        var first = 0;
        for (var index = 0; index < plan.Tasks.Count; index++)
        {
            var (stage, space) = (index, manifests[index].Space);
            stages.Add(new StageContext(plan.Tasks[index], first, space, items[index])
            {
                CountedOn = counted.Of(index),
                FindRuns = items.FlowOf(index) is null ? null : () => items.RunsOf(stage),
            });
            first += space;
        }

        return new JobContext(job, plan, folder, stages)
        {
            IsContained = cell == CellKind.Docker,
            Image = image,
            IsMergeCountedOn = counted.Merge,
        };
    }

    private static StagePlan MergeStage(PlanSpec plan, MergeSpec merge, MergeCalls? calls, int width, int first)
    {
        var defaults = ToolDefaults.Of(merge.Run is { } run ? run.Tool : merge.Chat!.Chat.Tool);
        return new StagePlan
        {
            Id = SpooledJobItems.MergeId,
            First = first,
            Items = 1,
            Needs = [.. Enumerable.Range(0, plan.Tasks.Count)],
            Retries = merge.Limits.Retries,
            Timeout = merge.Limits.Timeout,
            Stall = StallLimits.OfTask(ReusableMerge.TaskOf(plan)),
            Program = defaults.Program,
            Memory = merge.Chat is null ? defaults.Memory : ChatMergeMemory,
            // It keeps within what is left of the budget by itself, so that room for one call is enough to begin.
            Tokens = calls?.LargestTokens ?? 0,
            CostUsd = calls is { CostUsd: { } cost, Tokens: > 0 } ? cost * calls.LargestTokens / calls.Tokens : 0,
            Seconds = (float)defaults.Seconds * (float)Math.Max(1, calls?.Rounds(width) ?? 1),
            IsMerge = true,
        };
    }
}
