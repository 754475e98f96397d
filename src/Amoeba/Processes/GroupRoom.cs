using System.Globalization;

namespace Amoeba.Processes;

/// <summary>
/// Makes room for groups with limits. Version 2 wants their controllers enabled in the group above them, which then,
/// but for the first group of all, may hold no process itself; version 1 wants nothing. Its user sees to it that one
/// call is made at a time.
/// </summary>
/// <param name="files">The kernel's, but in tests.</param>
/// <param name="where">Where the groups are to be.</param>
/// <param name="owner">Whose the group is to be that we move to.</param>
/// <param name="self">Our own number.</param>
internal sealed class GroupRoom(IGroupFiles files, Lazy<GroupPlaces> where, string owner, int self)
{
    /// <summary>Each moves all that we started, twice; what is refused so often will not be granted later.</summary>
    private const int MostMoves = 3;

    private const int MoveRounds = 20;
    private static readonly string[] Controllers = ["memory", "pids", "cpu"];

    private int _moves;
    private bool _hasMoved;

    /// <summary>
    /// It makes none, because that is for its parent to do and to undo: it looks whether there is some.
    /// </summary>
    public bool IsGuest { get; init; }

    public bool IsMade { get; private set; }

    private GroupPlaces Places => where.Value;

    private string Home => TreeGroups.OwnOf(Places, owner);

    private string Enabled => $"{Places.Unified}/cgroup.subtree_control";

    /// <summary>
    /// Asked before each group: another process in the group that was to be ours alone, or a parent that has not come
    /// to it yet, is no reason to go without for good.
    /// </summary>
    public bool Make()
    {
        if (!Places.Folders.Any()) return false;
        if (!Places.LimitsByV2) return IsMade = true;
        if (IsGuest) return IsEnabled();
        return IsMade = IsMade || (Places.MovesUs ? Leave() : Enable());
    }

    /// <summary>
    /// Takes us back to where we were. In the first group of all the controllers stay on: it is everybody's, and
    /// somebody may rely on them by now.
    /// </summary>
    public void Undo()
    {
        if (_hasMoved) GoBack();
    }

    private bool Leave()
    {
        if (_moves == MostMoves || HasStrangers(files.Processes(Places.Unified!))) return false;
        _moves++;
        _hasMoved = MoveAll() && Enable();
        if (!_hasMoved) GoBack();
        return _hasMoved;
    }

    private bool Enable()
    {
        foreach (var controller in Controllers) _ = files.Write(Enabled, $"+{controller}");
        return IsEnabled();
    }

    /// <summary>Without that of processors a tree is watched for its use of these.</summary>
    private bool IsEnabled()
    {
        var enabled = (files.Read(Enabled) ?? "").Split(' ', '\n');
        return enabled.Contains("memory") && enabled.Contains("pids");
    }

    private bool MoveAll()
    {
        for (var round = 0; round < MoveRounds; round++)
        {
            // Each time: whoever tidies up may have removed it, as long as it was empty.
            if (!files.Make(Home)) return false;
            var pids = files.Processes(Places.Unified!);
            if (pids.Count == 0) return true;
            // Somebody else came into the group that was ours alone: it is not ours to arrange.
            if (HasStrangers(pids)) return false;
            foreach (var pid in pids)
                _ = files.Write($"{Home}/cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        }

        return false;
    }

    private bool HasStrangers(List<int> pids)
    {
        var ours = ProcessTree.Descend([self]).Select(static member => member.Pid).ToHashSet();
        ours.Add(self);
        return pids.Exists(pid => !ours.Contains(pid) && ProcFs.TryReadStat(pid, out _));
    }

    private void GoBack()
    {
        // What outlives us is held by these controllers, and beside its groups there is no place for us.
        if (files.Below(Places.Unified!).Any(OutlivesUs)) return;
        foreach (var controller in Controllers) _ = files.Write(Enabled, $"-{controller}");
        foreach (var pid in files.Processes(Home))
            _ = files.Write($"{Places.Unified}/cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        _ = files.Remove(Home);
    }

    /// <summary>A detached attempt's, or another parent's in which something runs; no leftover of anybody's.</summary>
    private bool OutlivesUs(string group) => TreeGroups.IsAmoebas(group) && !TreeGroups.IsOf(owner, group)
        && (TreeGroups.IsOfDetached(group) || files.Processes(group).Count > 0);
}
