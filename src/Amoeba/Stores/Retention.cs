using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Stores;

/// <summary>How long things are kept.</summary>
internal sealed record RetentionOptions
{
    /// <summary>How long a job is kept after it ended. 30 days.</summary>
    public TimeSpan Jobs { get; init; } = TimeSpan.FromDays(30);

    /// <summary>This many newest jobs are kept however old they are. 100.</summary>
    public int KeepNewest { get; init; } = 100;

    /// <summary>How long a log file is kept after its last line. 14 days.</summary>
    public TimeSpan Logs { get; init; } = TimeSpan.FromDays(14);

    /// <summary>
    /// How long a spool whose job never came to be is kept: longer than accepting a job takes. 1 day.
    /// </summary>
    public TimeSpan StraySpools { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Jobs that one run deletes at most. 50.</summary>
    public int Batch { get; init; } = 50;
}

/// <summary>
/// Deletes jobs that ended long ago with everything they left, and old logs. A job's row goes last: a run that was cut
/// short finds the job again and goes on. A job that has not ended is never touched.
/// </summary>
/// <param name="store">Where the jobs are.</param>
/// <param name="outputs">Where their outputs are.</param>
/// <param name="spools">The folder with a spool a job, named for it.</param>
/// <param name="logs">The folder of log files.</param>
/// <param name="parent">Who deletes: it takes a job over first, so that nobody goes on with it meanwhile.</param>
/// <param name="time">Tells what is old.</param>
/// <param name="options">How long things are kept.</param>
internal sealed class Retention(
    IStore store,
    IOutputs outputs,
    string spools,
    string logs,
    string parent,
    TimeProvider time,
    RetentionOptions options)
{
    /// <summary>Deletes one batch.</summary>
    /// <returns>The jobs that were deleted; fewer than the batch means that nothing is left to do.</returns>
    public IReadOnlyList<string> RunOnce()
    {
        var now = time.GetUtcNow();
        var deleted = new List<string>();
        foreach (var job in store.ListEndedJobs(now - options.Jobs, options.KeepNewest, options.Batch))
        {
            if (!TakeOver(job))
                continue;
            outputs.Delete(job);
            Remove(Path.Combine(spools, job));
            store.DeleteJob(job);
            deleted.Add(job);
        }

        foreach (var log in Old(logs, now - options.Logs))
            Remove(log);
        foreach (var spool in Old(spools, now - options.StraySpools))
            if (store.FindJob(Path.GetFileName(spool)) is null)
                Remove(spool);
        return deleted;
    }

    /// <summary>Owning the job keeps a person's retry from starting it while its files go.</summary>
    private bool TakeOver(string id)
    {
        if (store.FindJob(id) is not { } job || !JobLife.IsEnded(job.Status.State))
            return false;
        var ownedByAnother = job.Owner is not null && job.Owner != parent
            && store.ListParents().Any(other => other.Id == job.Owner);
        return !ownedByAnother && store.Acquire(id, parent, job.Epoch) is not null
            && JobLife.IsEnded(store.FindJob(id)!.Status.State);
    }

    private static IEnumerable<string> Old(string folder, DateTimeOffset before) => !Directory.Exists(folder)
        ? []
        : new DirectoryInfo(folder).EnumerateFileSystemInfos()
            .Where(entry => entry.LastWriteTimeUtc < before.UtcDateTime).Select(entry => entry.FullName);

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }
}
