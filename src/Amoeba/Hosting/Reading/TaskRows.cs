using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Reading;

/// <summary>
/// A job's tasks in plan order, page by page: the store's rows, and between them tasks that have no row because they
/// never had anything to say. A million tasks are never held at once.
/// </summary>
internal sealed class TaskRows(IStoreReader store, StoredJob job, IReadOnlyDictionary<string, string> skipped)
{
    private const int Page = 1000;

    public IEnumerable<(StageView Stage, TaskRecord Row)> Read(IEnumerable<StageView> stages)
    {
        foreach (var stage in stages)
        {
            foreach (var run in stage.Runs)
            {
                var first = stage.First + run.First;
                foreach (var row in Read(stage, first, first + run.Count)) yield return (stage, row);
            }
        }
    }

    private IEnumerable<TaskRecord> Read(StageView stage, int first, int end)
    {
        var next = first;
        foreach (var row in Stored(first, end))
        {
            for (; next < row.Ordinal; next += Unstarted(stage, next, row.Ordinal).Items)
                yield return Unstarted(stage, next, row.Ordinal);
            yield return row;
            next = row.Ordinal + row.Items;
        }

        for (; next < end; next += Unstarted(stage, next, end).Items) yield return Unstarted(stage, next, end);
    }

    private IEnumerable<TaskRecord> Stored(int first, int end)
    {
        for (var from = first; from < end;)
        {
            var page = store.ReadTasks(job.Id, from, Math.Min(Page, end - from));
            foreach (var row in page)
            {
                if (row.Ordinal >= end) yield break;
                yield return row;
                from = row.Ordinal + row.Items;
            }

            if (page.Count == 0) yield break;
        }
    }

    /// <summary>The task at a place that has no row; it reaches to the end of its batch or to the next row.</summary>
    public TaskRecord Unstarted(StageView stage, int ordinal, int end)
    {
        var batchEnd = ordinal + stage.Batch - (ordinal - stage.First) % stage.Batch;
        var reason = skipped.GetValueOrDefault(stage.Id);

        // A job that ended takes with it what it never reached, whether a person or its first failure ended it.
        var state = reason is not null ? TaskState.Skipped
            : JobLife.IsEnded(job.Status.State) ? TaskState.Cancelled
            : TaskState.Waiting;
        return new TaskRecord
        {
            Job = job.Id,
            Ordinal = ordinal,
            Items = Math.Min(Math.Min(batchEnd, end), stage.First + stage.Items) - ordinal,
            State = state,
            Attempt = 0,
            Error = state == TaskState.Cancelled ? job.Status.Reason : reason,
        };
    }
}
