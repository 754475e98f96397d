using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Stores;
using Amoeba.Stores.Sqlite;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Deletes what is old when a parent ends, at most once a day and a batch at a time, so that no start waits for it.
/// </summary>
internal static class Pruning
{
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    public static void RunIfDue(ParentOptions options, ParentParts parts)
    {
        if (options.Retention is not { } retention || options.Home is not { } root)
        {
            return;
        }

        var home = new HomeFolder(root);
        var mark = Path.Combine(root, "run", "pruned");
        var now = options.Time.GetUtcNow();
        if (File.Exists(mark) && now - File.GetLastWriteTimeUtc(mark) < Every)
        {
            return;
        }

        try
        {
            var deleted = new Retention(
                parts.Store, parts.Outputs, home.Spools, home.Logs, parts.Id, options.Time, retention).RunOnce();
            using (var cache = SqliteFetchCache.Open(home.Store, new FetchCacheLimits(), options.Time))
            {
                cache.Prune(now - retention.Jobs);
            }

            foreach (var folder in deleted.SelectMany(job => DetachedFolder.List(DetachedFolder.RootOf(root), job)))
            {
                folder.Remove(); // its job ended long ago, and so did what ran in it
            }

            if (deleted.Count > 0)
            {
                ParentLog.Pruned(parts.Log, deleted.Count);
            }

            if (deleted.Count < retention.Batch)
            {
                File.WriteAllText(mark, "");
                File.SetLastWriteTimeUtc(mark, now.UtcDateTime);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ParentLog.NotPruned(parts.Log, error.Message); // the next parent tries again
        }
    }
}
