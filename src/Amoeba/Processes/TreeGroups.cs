using System.Collections.Concurrent;
using System.Globalization;

namespace Amoeba.Processes;

/// <summary>
/// Makes control groups for trees, and removes them. Names carry the parent's id, so that whoever comes after a dead
/// parent finds its groups.
/// </summary>
/// <remarks>
/// To move a process between groups takes milliseconds, in which nothing on the machine can fork: never done for a
/// program that is short, and always on a thread of its own, so that meanwhile the other trees are watched.
/// </remarks>
internal sealed class TreeGroups : IDisposable
{
    private const string Prefix = "amoeba-";

    /// <summary>Ends the name of the group that a parent moved itself to.</summary>
    private const string OwnSuffix = ".self";

    private const int MoveRounds = 20, GatherRounds = 10;
    private static readonly string[] Controllers = ["+memory", "+pids", "+cpu"];

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly BlockingCollection<Action> _work = [];
    private readonly List<TreeGroup> _live = [];
    private readonly IGroupFiles _files;
    private readonly Lazy<GroupPlaces> _where;
    private readonly string _parentId;
    private readonly int _self;
    private Thread? _thread;
    private int _last;
    private bool? _prepared;
    private bool _closed;

    /// <param name="files">The kernel's, but in tests.</param>
    /// <param name="places">Where groups may be made; looked for when the first tree needs one.</param>
    /// <param name="parentId">A part of each group's name.</param>
    /// <param name="self">Our own number.</param>
    public TreeGroups(IGroupFiles files, Lazy<GroupPlaces> places, string parentId, int self)
    {
        _files = files;
        _where = places;
        _parentId = parentId;
        _self = self;
    }

    private GroupPlaces Places => _where.Value;

    private string Home => $"{Places.Unified}/{Prefix}{_parentId}{OwnSuffix}";

    /// <summary>Makes a group and puts a tree into it; null where that cannot be. Takes milliseconds.</summary>
    public TreeGroup? Enter(TreeLimits limits, Func<List<ProcessStat>> tree)
    {
        TreeGroup? group;
        lock (_gate)
        {
            if (!(_prepared ??= Prepare())) return null;
            var number = (++_last).ToString(CultureInfo.InvariantCulture);
            group = TreeGroup.Make(_files, Places, $"{Prefix}{_parentId}.t{number}", limits);
            if (group is null) return null;
            _live.Add(group);
        }

        var members = tree();
        group.NoteBefore(CpuMeter.Sum(members));
        for (var round = 0; round < GatherRounds && group.Gather(members) > 0; round++) members = tree();
        return group;
    }

    /// <summary>As <see cref="Enter"/>, in the background.</summary>
    public void EnterLater(TreeLimits limits, Func<List<ProcessStat>> tree, Action<TreeGroup> entered) =>
        Later(() =>
        {
            if (Enter(limits, tree) is { } group) entered(group);
        });

    /// <summary>Removes a group whose program has ended, in the background.</summary>
    public void RemoveLater(TreeGroup group)
    {
        group.IsOver = true;
        Later(() =>
        {
            // What would not go at its own time, because something in it was still ending, goes with a later one.
            lock (_gate) _live.RemoveAll(static old => old.IsOver && old.TryRemove());
        });
    }

    /// <summary>
    /// Lets a worker make groups where ours are. Returns what it is told for that, or null where there is no place; in
    /// the background we make room for them, and until that is done it watches.
    /// </summary>
    /// <param name="owner">Whose they are to be where they outlive this parent; null is this parent's.</param>
    public OwnedGroups? Share(string? owner = null)
    {
        if (!Places.Folders.Any()) return null;
        bool unprepared;
        lock (_gate) unprepared = _prepared is null;
        if (unprepared && Places.MovesUs) Later(PrepareOnce);
        return new OwnedGroups(owner ?? _parentId, Places);
    }

    /// <summary>For a worker, as its parent's <see cref="Share"/> lets it.</summary>
    public static TreeGroups Of(OwnedGroups groups) => new(
        KernelGroupFiles.Instance, new Lazy<GroupPlaces>(groups.Places), groups.Owner, Environment.ProcessId);

    /// <summary>Kills what is in a dead worker's groups and removes them, in the background.</summary>
    public void RemoveOf(int worker) => Later(() =>
        // What was killed is in its group for some moments more.
        SpinWait.SpinUntil(
            () => Sweep(_files, Places, new OwnedGroups(_parentId, Places).OfWorker(worker).Owner), EndPatience));

    /// <summary>Removes all groups, and takes us back to where we were.</summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            _work.CompleteAdding();
            thread = _thread;
        }

        thread?.Join();
        foreach (var old in _live) old.Kill();
        SpinWait.SpinUntil(() => _live.TrueForAll(static old => old.TryRemove()), EndPatience);
        if (_prepared == true && Places.MovesUs) GoBack();
        _work.Dispose();
    }

    /// <summary>
    /// Kills what is in groups of an owner that is gone, and removes them. Returns whether none is left.
    /// </summary>
    public static bool Sweep(IGroupFiles files, GroupPlaces places, string owner)
    {
        var clean = true;
        foreach (var folder in places.Folders)
        {
            foreach (var group in files.Below(folder))
            {
                if (!IsOf(owner, group)) continue;
                // What outlives a parent was started in the group that was the parent's own, and stays there.
                if (IsParentsOwn(group) && files.Processes(group).Exists(IsDetached)) continue;
                if (files.Processes(group).Count > 0) _ = files.Write($"{group}/cgroup.kill", "1");
                foreach (var pid in files.Processes(group))
                {
                    if (ProcFs.TryReadStat(pid, out var stat) && files.Processes(group).Contains(pid))
                        stat.Identity.Send(Libc.SigKill);
                }

                clean &= files.Remove(group);
            }
        }

        return clean;
    }

    internal static bool IsOf(string owner, string group) =>
        Path.GetFileName(group).StartsWith($"{Prefix}{owner}.", StringComparison.Ordinal);

    /// <summary>The one that a parent moved itself to, whichever parent that was.</summary>
    internal static bool IsParentsOwn(string group) =>
        IsAmoebas(group) && group.EndsWith(OwnSuffix, StringComparison.Ordinal);

    private static bool IsAmoebas(string group) =>
        Path.GetFileName(group).StartsWith(Prefix, StringComparison.Ordinal);

    private static bool IsDetached(int pid) =>
        ProcFs.HasEntry(ProcFs.Environment(pid), ProcFs.Cookie(Guardian.DetachedEntry));

    private void Later(Action act)
    {
        lock (_gate)
        {
            if (_closed) return;
            _work.Add(act);
            if (_thread is not null) return;
            _thread = new Thread(Run) { IsBackground = true, Name = "amoeba groups" };
            _thread.Start();
        }
    }

    private void Run()
    {
        foreach (var act in _work.GetConsumingEnumerable()) act();
    }

    private void PrepareOnce()
    {
        lock (_gate) _prepared ??= Prepare();
    }

    /// <summary>Version 2 only: makes room for groups with limits below ours by leaving it ourselves.</summary>
    private bool Prepare()
    {
        if (!Places.Folders.Any()) return false;
        if (!Places.MovesUs) return true;
        if (MoveAll(Places.Unified!, Home) && Enable()) return true;
        GoBack();
        return false;
    }

    private bool Enable()
    {
        foreach (var controller in Controllers)
            _ = _files.Write($"{Places.Unified}/cgroup.subtree_control", controller);
        var enabled = (_files.Read($"{Places.Unified}/cgroup.subtree_control") ?? "").Split(' ', '\n');
        return enabled.Contains("memory") && enabled.Contains("pids");
    }

    private bool MoveAll(string from, string to)
    {
        if (!_files.Make(to)) return false;
        for (var round = 0; round < MoveRounds; round++)
        {
            var pids = _files.Processes(from);
            if (pids.Count == 0) return true;
            var ours = ProcessTree.Descend([_self]).Select(static member => member.Pid).ToHashSet();
            ours.Add(_self);
            // Somebody else came into the group that was ours alone: it is not ours to arrange.
            if (pids.Exists(pid => !ours.Contains(pid) && ProcFs.TryReadStat(pid, out _))) return false;
            foreach (var pid in pids)
                _ = _files.Write($"{to}/cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        }

        return false;
    }

    private void GoBack()
    {
        // Groups of what outlives us hold it by these controllers, and beside such groups there is no place for us.
        if (_files.Below(Places.Unified!).Any(group => group != Home && IsAmoebas(group))) return;
        foreach (var controller in Controllers)
            _ = _files.Write($"{Places.Unified}/cgroup.subtree_control", "-" + controller[1..]);
        foreach (var pid in _files.Processes(Home))
            _ = _files.Write($"{Places.Unified}/cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
        _ = _files.Remove(Home);
    }
}
