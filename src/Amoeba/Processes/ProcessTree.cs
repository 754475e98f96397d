namespace Amoeba.Processes;

/// <summary>Finds what belongs to a process: its children, theirs, and so on.</summary>
internal static class ProcessTree
{
    // A tree larger than this is a runaway; its rest is found once these are gone.
    private const int MostProcesses = 20_000;

    /// <summary>
    /// The processes below and including the given ones, with those that ended and were not waited for.
    /// </summary>
    internal static List<ProcessStat> Descend(IEnumerable<int> roots)
    {
        var found = new List<ProcessStat>();
        var seen = new HashSet<int>();
        var waiting = new Queue<int>(roots);
        var children = new List<int>();
        while (waiting.TryDequeue(out var pid) && found.Count < MostProcesses)
        {
            if (!seen.Add(pid) || !ProcFs.TryReadStat(pid, out var stat)) continue;
            found.Add(stat);
            children.Clear();
            ProcFs.AddChildren(pid, children);
            foreach (var child in children) waiting.Enqueue(child);
        }

        return found;
    }
}
