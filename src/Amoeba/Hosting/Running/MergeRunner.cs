using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Binding;
using Amoeba.Merging;
using Amoeba.Plans;

namespace Amoeba.Hosting.Running;

/// <summary>Joins a job's results when all its tasks ended.</summary>
internal sealed class MergeRunner(IStoreReader store, IOutputs outputs)
{
    /// <summary>Most bytes of a merged output: it is the sum of outputs that have limits of their own.</summary>
    private const long Limit = 1L << 40;

    /// <summary>
    /// Merges. Without a merge in the plan, the outputs that nothing else needed are put one after the other: a single
    /// one exactly as it is, several each ending in a newline.
    /// </summary>
    public OutputRef Merge(JobContext job)
    {
        using var writer = outputs.Open(job.Id, job.MergeOrdinal, 1, Limit);
        var spec = job.Plan.Merge ?? Usual(job);
        Merger.Merge(spec, new ResultRows(store, job).Read(),
            output => outputs.Read(job.Id, output), writer, job.Plan.Vars);
        return writer.Complete();
    }

    private static MergeSpec Usual(JobContext job)
    {
        var needed = ResultRows.Needed(job);
        var single = job.Merged.Where(stage => !needed.Contains(stage.Task.Id)).Take(2).ToList() is [{ Items: null }];
        return new MergeSpec(single ? MergeKind.Concat : MergeKind.Lines);
    }
}
