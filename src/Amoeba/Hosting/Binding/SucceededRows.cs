using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Binding;

/// <summary>The results of a stage in plan order, a page at a time.</summary>
internal static class SucceededRows
{
    private const int Page = 256;

    public static IEnumerable<TaskRecord> Of(IStoreReader store, string job, StageContext stage) =>
        stage.Runs.SelectMany(run => Of(store, job, stage.First + run.First, stage.First + run.First + run.Count));

    private static IEnumerable<TaskRecord> Of(IStoreReader store, string job, int first, int end)
    {
        for (var from = first; from < end;)
        {
            var rows = store.ReadTasks(job, from, Math.Min(Page, end - from), TaskState.Succeeded);
            foreach (var row in rows)
            {
                if (row.Ordinal >= end) yield break;
                yield return row;
            }

            if (rows.Count == 0) yield break;
            from = rows[^1].Ordinal + 1;
        }
    }
}
