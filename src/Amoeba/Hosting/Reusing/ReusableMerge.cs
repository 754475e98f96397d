using Amoeba.Engine.Ports;
using Amoeba.Hosting.Binding;
using Amoeba.Plans;

namespace Amoeba.Hosting.Reusing;

/// <summary>
/// A merge that is a task of its own, by a program or a model, as work that may be reused: what it rests on is what it
/// is, and every result of the job with its place and its item.
/// </summary>
internal static class ReusableMerge
{
    /// <summary>Null where the plan's merge is no task of its own.</summary>
    public static ReusableStage? Of(PlanSpec plan, string folder) =>
        plan.Merge is { IsTask: true } ? new ReusableStage(plan, TaskOf(plan), folder) : null;

    /// <summary>The merge as a task of the plan.</summary>
    public static TaskSpec TaskOf(PlanSpec plan) => new()
    {
        Id = "merge",
        Type = plan.Type,
        Do = [(ToolSpec?)plan.Merge!.Run ?? plan.Merge.Chat!.Chat],
        Limits = plan.Merge.Limits,
        Env = plan.Merge.Env,
    };

    /// <summary>What a job's tasks gave.</summary>
    public static UInt128 ResultsOf(JobContext job, IStoreReader store)
    {
        using var hash = new ResultsHash(job.Plan);
        foreach (var stage in job.Stages)
        {
            foreach (var row in SucceededRows.Of(store, job.Id, stage))
            {
                var index = row.Ordinal - stage.First;
                hash.Add(stage.Task.Id, index, stage.Items?.Read(index), row.Output);
            }
        }

        return hash.Value;
    }
}
