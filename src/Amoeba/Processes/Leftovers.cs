namespace Amoeba.Processes;

/// <summary>
/// Finds and ends what a dead parent left, by the cookie in the environment: for when its guardian died with it. Ask
/// only once the parent's lock is free.
/// </summary>
internal static class Leftovers
{
    private const int MostRounds = 300;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The living processes of a parent: those with its cookie, those in a session of these, and all their
    /// descendants; without what is marked as detached, and without us.
    /// </summary>
    public static IReadOnlyList<ProcessStat> Find(string parentId)
    {
        var cookie = ProcFs.Cookie($"{Guardian.ParentVariable}={parentId}");
        var mark = ProcFs.Cookie(Guardian.DetachedEntry);
        var all = new List<ProcessStat>();
        var ours = new HashSet<int>();
        var apart = new HashSet<int> { Environment.ProcessId };
        foreach (var pid in ProcFs.Pids())
        {
            if (!ProcFs.TryReadStat(pid, out var stat) || stat.IsZombie) continue;
            all.Add(stat);
            var environment = ProcFs.Environment(pid);
            if (!ProcFs.HasEntry(environment, cookie)) continue;
            if (ProcFs.HasEntry(environment, mark)) apart.Add(pid);
            else ours.Add(pid);
        }

        ours.ExceptWith(apart);
        var sessions = new HashSet<int>(all.Where(stat => ours.Contains(stat.Pid)).Select(stat => stat.Session));
        // A session of 0 lies outside our namespace; ours may hold the very terminal we run in.
        sessions.ExceptWith([0, Libc.GetSession(0)]);
        for (var before = -1; before != ours.Count;)
        {
            before = ours.Count;
            foreach (var stat in all)
            {
                if (apart.Contains(stat.Pid)) continue;
                if (sessions.Contains(stat.Session) || ours.Contains(stat.Parent)) ours.Add(stat.Pid);
            }
        }

        return [.. all.Where(stat => ours.Contains(stat.Pid))];
    }

    /// <summary>
    /// Kills them until none is found. Returns how many were killed, and whether nothing is left; what a kernel call
    /// holds, or what another user runs, may stay.
    /// </summary>
    public static async Task<(int Killed, bool Clean)> SweepAsync(
        string parentId, TimeProvider time, CancellationToken cancel, GroupPlaces? groups = null)
    {
        var killed = new HashSet<ProcessIdentity>();
        for (var (round, empty) = (0, 0); round < MostRounds; round++)
        {
            var found = Find(parentId);
            var noGroups = groups is null || TreeGroups.Sweep(KernelGroupFiles.Instance, groups, parentId);
            // Twice nothing, with a pause between: a program may be on its way from fork to exec.
            if (found.Count == 0 && noGroups && ++empty == 2) return (killed.Count, true);
            if (found.Count > 0) empty = 0;
            foreach (var stat in found)
            {
                if (stat.Identity.Send(Libc.SigKill)) killed.Add(stat.Identity);
            }

            await Task.Delay(Pause, time, cancel);
        }

        return (killed.Count, false);
    }
}
