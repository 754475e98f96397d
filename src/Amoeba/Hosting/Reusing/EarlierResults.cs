using Amoeba.Engine.Records;
using Amoeba.Plans;

namespace Amoeba.Hosting.Reusing;

/// <summary>A result of an earlier job that a task would give again.</summary>
/// <param name="Job">The job.</param>
/// <param name="Row">Its row.</param>
internal sealed record EarlierResult(string Job, TaskRecord Row);

/// <summary>Finds what earlier jobs gave for the same work. Safe from any thread.</summary>
/// <param name="jobs">The newest first.</param>
/// <param name="live">What names stand for now.</param>
internal sealed class EarlierResults(Lazy<IReadOnlyList<EarlierJob>> jobs, LiveNames live)
{
    /// <summary>The newest result that nothing has changed for; null where there is none.</summary>
    /// <param name="stage">The entry of the plan.</param>
    /// <param name="items">The items of one task; none without `each`.</param>
    /// <param name="index">Where the first stands among its task's items.</param>
    /// <param name="needs">What it needs gave.</param>
    public EarlierResult? Find(ReusableStage stage, IReadOnlyList<Item> items, long index, UInt128 needs)
    {
        if (jobs.Value.Count == 0) return null;
        var key = stage.Key(items, index, needs);
        foreach (var job in jobs.Value)
        {
            if (job.Find(stage.Base, key) is { } row && IsUnchanged(job, row, stage, items, index))
                return new(job.Id, row);
        }

        return null;
    }

    /// <summary>What a merge made of the same results; null where nothing did, or something changed for it.</summary>
    public EarlierResult? FindMerge(ReusableStage merge, UInt128 results)
    {
        foreach (var job in jobs.Value)
        {
            if (job.FindMerge(merge.Base, results) is { } row && IsUnchanged(job, row, merge, [], 0))
                return new(job.Id, row);
        }

        return null;
    }

    private bool IsUnchanged(
        EarlierJob job, TaskRecord row, ReusableStage stage, IReadOnlyList<Item> items, long index)
    {
        foreach (var name in stage.Files.Programs)
        {
            if (!IsSame(job.Stamps.Find(LiveNames.OfProgram(name)), live.Program(name), row)) return false;
        }

        foreach (var name in stage.Models)
        {
            if (job.Stamps.Find(LiveNames.OfModel(name)) != live.Model(name)) return false;
        }

        foreach (var name in stage.Files.Fixed)
        {
            if (!IsSame(job.Stamps.Find(LiveNames.OfFile(name)), live.File(name), row)) return false;
        }

        for (var i = 0; i < items.Count; i++)
        {
            foreach (var name in stage.Files.Of(items[i], index + i))
            {
                var file = live.File(name);
                // What is in a folder may have changed and leave no mark on it.
                if (file is null && live.IsFolder(name)) return false;
                if (!IsSame(job.Stamps.Find(LiveNames.OfFile(name)), file, row)) return false;
            }
        }

        return true;
    }

    /// <summary>
    /// The same file, or none then and now. One that came to be while that very task ran is what the task made.
    /// </summary>
    private static bool IsSame(ulong? then, FileStamp? now, TaskRecord row) => (then, now) switch
    {
        (null, null) => true,
        (null, { } made) => made.Touched >= row.Started - FileStamp.ClockTick && made.Touched <= row.Finished,
        (Stamps.Unsure, _) => false,
        ({ } stamp, { } file) => stamp == file.Digest,
        _ => false,
    };
}
