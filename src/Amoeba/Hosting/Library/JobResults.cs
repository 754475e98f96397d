using Amoeba.Engine.Records;
using Amoeba.Hosting.Running;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Library;

/// <summary>Reads a job's results for a program.</summary>
internal static class JobResults
{
    public static JobResult Read(Parent parent, string job)
    {
        var stored = parent.Store.FindJob(job)!;
        var plan = PlanJson.Read(stored.Record.PlanJson);
        var manifests = StageManifest.FromJson(stored.Record.StagesJson);
        var tasks = new List<TaskResult>();
        var first = 0;
        for (var stage = 0; stage < plan.Tasks.Count; stage++)
        {
            var count = manifests[stage].Space;
            foreach (var row in parent.Store.ReadTasks(job, first, count))
            {
                if (row.Ordinal < first + count)
                {
                    tasks.Add(new TaskResult(
                        plan.Tasks[stage].Id, row.Ordinal - first, row.State,
                        Bytes(parent, job, row.Output), row.Error, row.Attempt)
                    {
                        Used = Use(row.Figures?.Tokens ?? default),
                        CostUsd = row.Figures?.CostUsd ?? 0,
                    });
                }
            }

            first += count;
        }

        return new JobResult(job, stored.Status.State, Bytes(parent, job, stored.Status.Output), tasks)
        {
            Used = Use(stored.Status.Tokens),
            CostUsd = stored.Status.CostUsd,
            Elapsed = TimeSpan.FromSeconds(stored.Status.ActiveSeconds),
            Reason = stored.Status.Reason,
        };
    }

    public static byte[] Bytes(Parent parent, string job, OutputRef output)
    {
        using var stream = parent.Outputs.Read(job, output);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static TokenUse Use(TokenCounts tokens) =>
        new(tokens.Input, tokens.Output, tokens.Cached, tokens.Reasoning);
}
