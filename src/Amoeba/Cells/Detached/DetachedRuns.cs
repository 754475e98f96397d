using Amoeba.Processes;

namespace Amoeba.Cells.Detached;

/// <summary>What became of the attempts that an owner of a job left.</summary>
/// <param name="Outliving">
/// Ordinals of the rows whose attempts began, and run or have ended since by themselves.
/// </param>
/// <param name="Unbegun">Ordinals of those that were taken back before anything of them began.</param>
/// <param name="TakenBack">
/// The folders of those, to be removed when their rows say so: until then they are how it is known.
/// </param>
/// <param name="NotEnded">
/// The folders of what could not be ended: nothing of the job may start while there are any.
/// </param>
internal sealed record Reclaimed(
    IReadOnlySet<int> Outliving, IReadOnlySet<int> Unbegun, IReadOnlyList<DetachedFolder> TakenBack,
    IReadOnlyList<DetachedFolder> NotEnded);

/// <summary>What detached attempts left on disk, for whoever takes a job over.</summary>
/// <param name="root">Where the attempts' folders are.</param>
/// <param name="parent">Who takes over.</param>
/// <param name="time">The clock.</param>
internal sealed class DetachedRuns(string root, string parent, TimeProvider time)
{
    /// <summary>How one is ended, and whether nothing of it is left then.</summary>
    public Func<ForeignTree, TimeProvider, CancellationToken, Task<bool>> EndTree { get; init; } =
        static (tree, time, cancel) => tree.EndAsync(time, cancel);

    /// <summary>
    /// Looks at all that is left of a job, once nothing else of its last owner runs. What had not begun is taken back;
    /// what is no running row's present attempt is ended and removed.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="running">Of its running rows the ordinal with the present attempt.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<Reclaimed> ReclaimAsync(
        string job, IReadOnlyDictionary<int, int> running, CancellationToken cancel)
    {
        var (outliving, unbegun) = (new HashSet<int>(), new HashSet<int>());
        var (notEnded, takenBack) = (new List<DetachedFolder>(), new List<DetachedFolder>());
        foreach (var attempt in DetachedFolder.List(root, job).GroupBy(folder => (folder.Ordinal, folder.Attempt)))
        {
            var isPresent = running.TryGetValue(attempt.Key.Ordinal, out var present) && present == attempt.Key.Attempt;
            var last = attempt.Last();
            if (isPresent && HasBegun(last) && !WentWithMachine(last))
            {
                outliving.Add(attempt.Key.Ordinal);
                continue;
            }

            if (isPresent && IsTakenBack(last))
            {
                unbegun.Add(attempt.Key.Ordinal);
                takenBack.AddRange(attempt);
            }
            else if (!await EndAsync([.. attempt], cancel))
            {
                notEnded.AddRange(attempt);
            }
        }

        return new Reclaimed(outliving, unbegun, takenBack, notEnded);
    }

    /// <summary>Ends an attempt with all it runs, and removes what it left.</summary>
    /// <returns>False where something of it could not be ended; then it stays to be seen.</returns>
    public async Task<bool> EndAsync(IReadOnlyList<DetachedFolder> steps, CancellationToken cancel)
    {
        var ended = true;
        foreach (var step in steps.Reverse())
        {
            try
            {
                if (!Revoke(step) && DetachedClaim.Read(step) is { IsStarted: true } claim)
                    ended &= await EndAsync(step, claim, cancel);
            }
            catch (IOException) when (!step.Exists)
            {
                continue; // whoever else looks after what nobody owns was faster
            }

            if (ended) step.Remove();
        }

        return ended;
    }

    /// <summary>One whose process cannot be seen from here is asked, and has ended when its heart stands.</summary>
    private Task<bool> EndAsync(DetachedFolder step, DetachedClaim claim, CancellationToken cancel)
    {
        if (!claim.IsElsewhere) return EndTree(claim.TreeOf(step), time, cancel);
        step.AnnounceStop();
        return Task.FromResult(File.Exists(step.Result) || !claim.IsAliveIn(step));
    }

    /// <summary>
    /// Ends what a worker that was killed left running. Its folder stays: whoever takes the job sees by it that the
    /// attempt was lost, which counts against its task's retries.
    /// </summary>
    /// <returns>False where something of it could not be ended.</returns>
    public Task<bool> EndOrphansAsync(DetachedFolder step, CancellationToken cancel) =>
        EndTree(DetachedClaim.RestOf(step), time, cancel);

    /// <summary>Takes it back where its worker had not begun; from then on it never does.</summary>
    private bool HasBegun(DetachedFolder last)
    {
        if (!Revoke(last)) return DetachedClaim.Read(last) is { IsStarted: true };
        // What was begun of a chain before it has ended, and is only read again.
        if (last.Step > 0) last.Remove();
        return last.Step > 0;
    }

    /// <summary>Nothing of its attempt began, nor will. What comes later in a chain follows on something.</summary>
    private static bool IsTakenBack(DetachedFolder last) =>
        last.Step == 0 && DetachedClaim.Read(last) is { IsStarted: false };

    /// <summary>
    /// The machine went down under it, or it was told to end as everything then is. That is no fault of its task: it is
    /// lost with its parent, as all others are.
    /// </summary>
    private static bool WentWithMachine(DetachedFolder last)
    {
        if (DetachedClaim.Read(last) is not { IsStarted: true, Refused: null } claim
            || claim.Boot == BootId.Current || BootId.Current.Length == 0) return false;
        try
        {
            return DetachedResult.Read(last) is not { Signal: null };
        }
        catch (InvalidDataException)
        {
            return false; // whoever takes it up says what is wrong with it
        }
    }

    /// <returns>True where nobody else ever claims it.</returns>
    private bool Revoke(DetachedFolder folder) =>
        DetachedClaim.Own(isStarted: false, "", parent, time.GetUtcNow()).TryMake(folder);
}
