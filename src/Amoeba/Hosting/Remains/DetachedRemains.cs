using System.Globalization;
using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Remains;

/// <summary>Detached cells, from what they wrote to disk.</summary>
/// <param name="home">AMOEBA_HOME.</param>
/// <param name="store">Says what became of their jobs.</param>
/// <param name="lives">Whether a parent lives.</param>
/// <param name="time">The clock.</param>
internal sealed class DetachedRemains(string home, IStoreReader store, Func<string, bool> lives, TimeProvider time) : ICellRemains
{
    private readonly string _root = DetachedFolder.RootOf(home);

    public CellKind Kind => CellKind.Detached;

    /// <summary>False where no attempt has anything on disk, which is told without reading any.</summary>
    public bool HasAny => Directory.Exists(_root) && Directory.EnumerateDirectories(_root).Any();

    public Task<IReadOnlyList<ExistingCell>> ListAsync(CancellationToken cancel) => Task.FromResult(List(null));

    /// <summary>Those of one job, or (null) of all.</summary>
    public IReadOnlyList<ExistingCell> List(string? job) =>
        [.. Attempts(job).Select(attempt => View(attempt.Last()))];

    public string? WhyUnowned(ExistingCell cell) => FolderOf(cell) is { } folder ? WhyUnowned(folder) : "it is gone";

    public async Task<string?> RemoveAsync(ExistingCell cell, CancellationToken cancel)
    {
        if (FolderOf(cell) is not { } of) return null;
        var steps = Attempts(cell.Job).FirstOrDefault(attempt => attempt.Key == (of.Job, of.Ordinal, of.Attempt));
        if (steps is null) return null;
        return await Runs.EndAsync([.. steps], cancel)
            ? null
            : $"cell {cell.Id} (pid {cell.Pid}) could not be ended; look at {of.Path}";
    }

    /// <summary>
    /// Ends what nobody owns: a parent that dies between the commit that gives an attempt up and the signal to its worker
    /// leaves one that nobody will ever follow. Safe beside any number of parents: an attempt that was given up never
    /// becomes its task's present one again.
    /// </summary>
    /// <returns>How many attempts that were.</returns>
    public async Task<int> EndUnownedAsync(CancellationToken cancel)
    {
        var ended = 0;
        foreach (var attempt in Attempts(null))
        {
            // The folders were listed before the store is asked: each was made after its row was recorded as running.
            if (WhyUnowned(attempt.Last()) is not null && await Runs.EndAsync([.. attempt], cancel)) ended++;
        }

        return ended;
    }

    private DetachedRuns Runs => new(_root, "", time);

    private string? WhyUnowned(DetachedFolder folder)
    {
        if (store.FindJob(folder.Job) is not { } job) return "its job is gone";
        // Whoever has the job ends what it gave up, and takes up the rest.
        if (job.Owner is { } owner && lives(owner)) return null;
        if (JobLife.IsEnded(job.Status.State)) return "its job has ended";
        return store.FindTask(folder.Job, folder.Ordinal) is { State: TaskState.Running } row && row.Attempt == folder.Attempt
            ? null
            : "its attempt was given up";
    }

    private IEnumerable<IGrouping<(string Job, int Ordinal, int Attempt), DetachedFolder>> Attempts(string? job) =>
        DetachedFolder.List(_root, job).GroupBy(folder => (folder.Job, folder.Ordinal, folder.Attempt));

    private DetachedFolder? FolderOf(ExistingCell cell) =>
        Attempts(cell.Job).Select(attempt => attempt.Last()).FirstOrDefault(folder => View(folder).Id == cell.Id);

    private static ExistingCell View(DetachedFolder folder)
    {
        var claim = DetachedClaim.Read(folder);
        var alive = claim?.IsAlive == true;
        var state = File.Exists(folder.Result) ? "ended"
            : alive ? Names.Of(ChildState.Busy)
            : claim is null ? Names.Of(ChildState.Spawning)
            : Names.Of(ChildState.Failed);
        var name = string.Create(CultureInfo.InvariantCulture, $"{folder.Job}/{folder.Ordinal}-{folder.Attempt}");
        var id = claim is { IsStarted: true, Child.Length: > 0 } ? claim.Child : name;
        return new ExistingCell(id, CellKind.Detached, folder.Job, state, alive ? claim!.Process.Pid : null)
        {
            Parent = claim?.Parent,
            Started = claim?.At,
            Task = folder.Ordinal,
        };
    }
}
