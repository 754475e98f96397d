using System.Globalization;
using Amoeba.Cells.Detached;
using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Processes;

namespace Amoeba.Hosting.Remains;

/// <summary>Detached cells, from what they wrote to disk.</summary>
/// <param name="home">AMOEBA_HOME.</param>
/// <param name="store">Says what became of their jobs.</param>
/// <param name="lives">Whether a parent lives.</param>
/// <param name="time">The clock.</param>
internal sealed class DetachedRemains(
    string home, IStoreReader store, Func<string, bool> lives, TimeProvider time) : ICellRemains
{
    /// <summary>Its worker is gone without a result, and programs of it still run.</summary>
    public const string Orphaned = "orphaned";

    private readonly string _root = DetachedFolder.RootOf(home);

    public CellKind Kind => CellKind.Detached;

    /// <summary>False where no attempt has anything on disk, which is told without reading any.</summary>
    public bool HasAny => Directory.Exists(_root) && Directory.EnumerateDirectories(_root).Any();

    public Task<IReadOnlyList<ExistingCell>> ListAsync(CancellationToken cancel) => Task.FromResult(List(null));

    /// <summary>Those of one job, or (null) of all.</summary>
    public IReadOnlyList<ExistingCell> List(string? job)
    {
        var marked = Marked();
        return [.. Attempts(job).Select(attempt => View(attempt.Last(), marked))];
    }

    public string? WhyUnowned(ExistingCell cell) =>
        FolderOf(cell) is { } folder ? WhyUnowned(folder, Marked())?.Why : "it is gone";

    public async Task<string?> RemoveAsync(ExistingCell cell, CancellationToken cancel)
    {
        if (FolderOf(cell) is not { } of) return null;
        var steps = Attempts(cell.Job).FirstOrDefault(attempt => attempt.Key == (of.Job, of.Ordinal, of.Attempt));
        if (steps is null) return null;
        return await EndAsync([.. steps], WhyUnowned(of, Marked())?.IsPresent == true, cancel)
            ? null
            : $"cell {cell.Id} (pid {cell.Pid}) could not be ended; look at {of.Path}";
    }

    /// <summary>
    /// Ends what nobody owns: a parent that dies between the commit that gives an attempt up and the signal to its
    /// worker leaves one that nobody will ever follow. Safe beside any number of parents: an attempt that was given up
    /// never becomes its task's present one again.
    /// </summary>
    /// <returns>How many attempts that were.</returns>
    public async Task<int> EndUnownedAsync(CancellationToken cancel)
    {
        var ended = 0;
        var marked = Marked();
        foreach (var attempt in Attempts(null))
        {
            // The folders were listed before the store is asked: each was made after its row was recorded as running.
            if (WhyUnowned(attempt.Last(), marked) is { } unowned
                && await EndAsync([.. attempt], unowned.IsPresent, cancel)) ended++;
        }

        return ended;
    }

    private DetachedRuns Runs => new(_root, "", time);

    /// <summary>Of a task's present attempt only what a worker that was killed left running is ended.</summary>
    private Task<bool> EndAsync(IReadOnlyList<DetachedFolder> steps, bool isPresent, CancellationToken cancel) =>
        isPresent ? Runs.EndOrphansAsync(steps[^1], cancel) : Runs.EndAsync(steps, cancel);

    private Unowned? WhyUnowned(DetachedFolder folder, Lazy<ILookup<string, int>> marked)
    {
        if (store.FindJob(folder.Job) is not { } job) return new Unowned("its job is gone");
        // Whoever has the job ends what it gave up, and takes up the rest.
        if (job.Owner is { } owner && lives(owner)) return null;
        if (JobLife.IsEnded(job.Status.State)) return new Unowned("its job has ended");
        if (store.FindTask(folder.Job, folder.Ordinal) is not { State: TaskState.Running } row
            || row.Attempt != folder.Attempt)
            return new Unowned("its attempt was given up");
        return Orphans(folder, marked) is { Length: > 0 } left
            ? new Unowned(
                "its worker is gone, and "
                    + $"{Say.Count(left.Length, "process of it is", "processes of it are")} left")
            { IsPresent = true }
            : null;
    }

    /// <summary>
    /// What runs of a worker that is gone without a result. Of another version's nothing is
    /// known, and nothing is guessed.
    /// </summary>
    private static int[] Orphans(DetachedFolder folder, Lazy<ILookup<string, int>> marked) =>
        DetachedClaim.Read(folder) is { IsStarted: true, Refused: null, IsAlive: false, IsElsewhere: false }
            && !File.Exists(folder.Result)
            ? [.. marked.Value[folder.Mark].Union(folder.ReadGroups()?.Processes() ?? []).Order()]
            : [];

    /// <summary>One look at all processes for all that is asked at once, and none where every worker lives.</summary>
    private static Lazy<ILookup<string, int>> Marked() => new(() => MarkedProcesses.By(DetachedFolder.MarkName));

    private IEnumerable<IGrouping<(string Job, int Ordinal, int Attempt), DetachedFolder>> Attempts(string? job) =>
        DetachedFolder.List(_root, job).GroupBy(folder => (folder.Job, folder.Ordinal, folder.Attempt));

    private DetachedFolder? FolderOf(ExistingCell cell) =>
        Attempts(cell.Job).Select(attempt => attempt.Last())
            .FirstOrDefault(folder => IdOf(folder, DetachedClaim.Read(folder)) == cell.Id);

    private static ExistingCell View(DetachedFolder folder, Lazy<ILookup<string, int>> marked)
    {
        var claim = DetachedClaim.Read(folder);
        var alive = claim?.IsAliveIn(folder) == true;
        var left = Orphans(folder, marked);
        var state = File.Exists(folder.Result) ? "ended"
            : alive ? Names.Of(ChildState.Busy)
            : claim is null ? Names.Of(ChildState.Spawning)
            : left.Length > 0 ? Orphaned
            : Names.Of(ChildState.Failed);
        int? pid = claim is { IsAlive: true } ? claim.Process.Pid : left.Length > 0 ? left[0] : null;
        return new ExistingCell(IdOf(folder, claim), CellKind.Detached, folder.Job, state, pid)
        {
            Parent = claim?.Parent,
            Started = claim?.At,
            Task = folder.Ordinal,
        };
    }

    private static string IdOf(DetachedFolder folder, DetachedClaim? claim) =>
        claim is { IsStarted: true, Child.Length: > 0 }
        ? claim.Child
        : string.Create(CultureInfo.InvariantCulture, $"{folder.Job}/{folder.Ordinal}-{folder.Attempt}");

    /// <param name="Why">For a person.</param>
    private sealed record Unowned(string Why)
    {
        /// <summary>It is its task's present attempt, which whoever takes the job looks for.</summary>
        public bool IsPresent { get; init; }
    }
}
