namespace Amoeba.Processes;

/// <summary>
/// Ends a process that this one did not start, or no longer has as a child, with all that is below it and all that
/// carries its marks. Never signals by number alone: of every process its start time is known and checked.
/// </summary>
/// <param name="Root">The process at its top; null where only its marks are known.</param>
/// <param name="Marks">Entries of the environment that, all together, only its processes have; none
/// looks at descent alone.</param>
internal sealed record ForeignTree(ProcessIdentity? Root, IReadOnlyList<string> Marks)
{
    private const int MostRounds = 200;

    /// <summary>Rounds that may pass in doubt, where others here start one program after the other.</summary>
    private const int MostDoubts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Control groups in which only its processes are; null where it has none.</summary>
    public OwnedGroups? Groups { get; init; }

    /// <summary>
    /// Asks the one at its top to end (SIGTERM), or to end by force (SIGQUIT), with all that is below it.
    /// </summary>
    public void Ask(bool byForce) => Root?.Send(byForce ? Libc.SigQuit : Libc.SigTerm);

    /// <summary>The living processes of it, the one at the top among them.</summary>
    public IReadOnlyList<ProcessStat> Find() => Find([]);

    /// <param name="bare">Takes those that show no environment.</param>
    private List<ProcessStat> Find(HashSet<ProcessIdentity> bare)
    {
        var found = Below();
        var known = found.Select(member => member.Pid).Append(Environment.ProcessId).ToHashSet();
        found.AddRange(InGroups().Where(member => known.Add(member.Pid)));
        if (Marks.Count == 0) return found;
        var cookies = Marks.Select(ProcFs.Cookie).ToArray();
        foreach (var pid in ProcFs.Pids())
        {
            if (known.Contains(pid)) continue;
            var environment = ProcFs.Environment(pid);
            if (environment.Length == 0)
            {
                if (ProcFs.TryReadStat(pid, out var stat) && !stat.IsZombie) bare.Add(stat.Identity);
                continue;
            }

            if (!Array.TrueForAll(cookies, cookie => ProcFs.HasEntry(environment, cookie))) continue;
            foreach (var member in ProcessTree.Descend([pid]))
            {
                if (!member.IsZombie && known.Add(member.Pid)) found.Add(member);
            }
        }

        return found;
    }

    /// <summary>
    /// Kills it until none is found. Where that is given up half-way nothing of it is left standing still.
    /// </summary>
    /// <returns>True where nothing is left; what a kernel call holds may stay.</returns>
    public async Task<bool> EndAsync(TimeProvider time, CancellationToken cancel)
    {
        var killed = false;
        try
        {
            return await KillAsync(time, () => killed = true, cancel);
        }
        catch
        {
            // One that lost some of its processes would tell of that as its task's own end; so it goes with them.
            Root?.Send(killed ? Libc.SigKill : Libc.SigCont);
            throw;
        }
    }

    private async Task<bool> KillAsync(TimeProvider time, Action onKill, CancellationToken cancel)
    {
        // Stopped, the one at the top cannot make more, or say anything of an end that is not its own; and what its
        // processes leave behind still falls to it, where it is found.
        Root?.Send(Libc.SigStop);
        HashSet<ProcessIdentity> before = [];
        for (var (round, empty, doubts) = (0, 0, 0); round < MostRounds; round++)
        {
            HashSet<ProcessIdentity> bare = [];
            var rest = Find(bare).Where(member => member.Identity != Root).ToList();
            // One that is just being executed shows no environment for a moment; the next look says whose it is.
            var isSure = bare.IsSubsetOf(before) || doubts++ >= MostDoubts;
            before = bare;
            empty = rest.Count > 0 ? 0 : isSure ? empty + 1 : empty;
            // Twice nothing, with a pause between: a program may be on its way from fork to exec.
            if (empty == 2) Root?.Send(Libc.SigKill);
            if (empty >= 2 && Root?.IsAlive() != true) return true;
            if (rest.Count > 0) onKill();
            foreach (var member in rest) member.Identity.Send(Libc.SigKill);
            // Also what forked meanwhile; and those that are empty are removed.
            Groups?.Sweep();
            await Task.Delay(Pause, time, cancel);
        }

        Root?.Send(Libc.SigKill);
        return false;
    }

    private List<ProcessStat> InGroups()
    {
        if (Groups is not { } groups) return [];
        var found = new List<ProcessStat>();
        foreach (var pid in groups.Processes())
        {
            if (ProcFs.TryReadStat(pid, out var stat) && !stat.IsZombie) found.Add(stat);
        }

        // Gone meanwhile, its number may be another's by now, which is in none of them.
        var still = groups.Processes().ToHashSet();
        found.RemoveAll(member => !still.Contains(member.Pid));
        return found;
    }

    private List<ProcessStat> Below()
    {
        if (Root is not { } root || !root.IsAlive()) return [];
        var found = ProcessTree.Descend([root.Pid]);
        found.RemoveAll(static member => member.IsZombie);
        // Gone meanwhile, its number may be another's by now, and what was found below it that one's.
        return root.IsAlive() ? found : [];
    }
}
