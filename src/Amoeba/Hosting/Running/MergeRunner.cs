using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Binding;
using Amoeba.Jobs;
using Amoeba.Merging;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>Joins a job's results when all its tasks ended.</summary>
internal sealed class MergeRunner(IStoreReader store, IOutputs outputs)
{
    private const int Page = 1000;

    /// <summary>Most bytes of a merged output: it is the sum of outputs that have limits of their own.</summary>
    private const long Limit = 1L << 40;

    /// <summary>
    /// Merges. Without a merge in the plan, the outputs that nothing else needed are put one after the other: a single one
    /// exactly as it is, several each ending in a newline.
    /// </summary>
    public OutputRef Merge(JobContext job)
    {
        using var writer = outputs.Open(job.Id, job.MergeOrdinal, 1, Limit);
        var spec = job.Plan.Merge ?? Usual(job);
        Merger.Merge(spec, Rows(job), output => outputs.Read(job.Id, output), writer, job.Plan.Vars);
        return writer.Complete();
    }

    private static MergeSpec Usual(JobContext job)
    {
        var needed = Needed(job);
        var single = job.Merged.Where(stage => !needed.Contains(stage.Task.Id)).Take(2).ToList() is [{ Items: null }];
        return new MergeSpec(single ? MergeKind.Concat : MergeKind.Lines);
    }

    private static HashSet<string> Needed(JobContext job) => job.Plan.Tasks.SelectMany(task => task.Needs).ToHashSet();

    private IEnumerable<MergeRow> Rows(JobContext job)
    {
        var needed = job.Plan.Merge is null ? Needed(job) : [];
        foreach (var stage in job.Merged)
        {
            if (needed.Contains(stage.Task.Id))
            {
                continue;
            }

            foreach (var row in stage.Runs.SelectMany(run => Rows(job.Id, stage, run)))
            {
                yield return row;
            }
        }
    }

    private IEnumerable<MergeRow> Rows(string job, StageContext stage, ItemRun run)
    {
        var end = stage.First + run.First + run.Count;
        for (var from = stage.First + run.First; from < end;)
        {
            var page = store.ReadTasks(job, from, Math.Min(Page, end - from));
            foreach (var row in page)
            {
                if (row.Ordinal >= end)
                {
                    yield break;
                }

                from = row.Ordinal + row.Items;
                if (row.State == TaskState.Succeeded)
                {
                    var index = row.Ordinal - stage.First;
                    yield return new MergeRow(stage.Task.Id, index, stage.Items?.Read(index), row.Output);
                }
            }

            if (page.Count == 0)
            {
                yield break;
            }
        }
    }
}
