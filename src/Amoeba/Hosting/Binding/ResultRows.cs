using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Merging;
using Amoeba.Sources;

namespace Amoeba.Hosting.Binding;

/// <summary>
/// The results that a merge joins, in plan order: without a merge in the plan, those that nothing else needed.
/// </summary>
internal sealed class ResultRows(IStoreReader store, JobContext job)
{
    private const int Page = 1000;

    /// <summary>Ids of what other tasks need.</summary>
    public static HashSet<string> Needed(JobContext job) => job.Plan.Tasks.SelectMany(task => task.Needs).ToHashSet();

    public IEnumerable<MergeRow> Read()
    {
        var needed = job.Plan.Merge is null ? Needed(job) : [];
        foreach (var stage in job.Merged)
        {
            if (needed.Contains(stage.Task.Id))
            {
                continue;
            }

            foreach (var run in stage.Runs)
            {
                foreach (var row in Rows(stage, run))
                {
                    yield return row;
                }
            }
        }
    }

    private IEnumerable<MergeRow> Rows(StageContext stage, ItemRun run)
    {
        var end = stage.First + run.First + run.Count;
        for (var from = stage.First + run.First; from < end;)
        {
            var page = store.ReadTasks(job.Id, from, Math.Min(Page, end - from));
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
