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

    private const int GatherRounds = 10;

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    /// <summary>Shorter, for other trees wait for their groups meanwhile.</summary>
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly BlockingCollection<Action> _work = [];
    private readonly List<TreeGroup> _live = [];
    private readonly IGroupFiles _files;
    private readonly Lazy<GroupPlaces> _where;
    private readonly GroupRoom _room;
    private readonly string _parentId;
    private Thread? _thread;
    private int _last;
    private bool _closed;

    /// <param name="files">The kernel's, but in tests.</param>
    /// <param name="places">Where groups may be made; looked for when the first tree needs one.</param>
    /// <param name="parentId">A part of each group's name.</param>
    /// <param name="self">Our own number.</param>
    public TreeGroups(IGroupFiles files, Lazy<GroupPlaces> places, string parentId, int self)
        : this(files, places, parentId, new GroupRoom(files, places, parentId, self))
    {
    }

    private TreeGroups(IGroupFiles files, Lazy<GroupPlaces> places, string parentId, GroupRoom room)
    {
        _files = files;
        _where = places;
        _parentId = parentId;
        _room = room;
    }

    private GroupPlaces Places => _where.Value;

    /// <summary>Makes a group and puts a tree into it; null where that cannot be. Takes milliseconds.</summary>
    /// <param name="limits">Its limits.</param>
    /// <param name="tree">Those that are to be in it.</param>
    /// <param name="made">Is given it before anything is in it: from the first that is, the kernel may end the program,
    /// and whoever tells of that has to know the group.</param>
    public TreeGroup? Enter(TreeLimits limits, Func<List<ProcessStat>> tree, Action<TreeGroup>? made = null)
    {
        TreeGroup? group;
        lock (_gate)
        {
            if (!_room.Make()) return null;
            var number = (++_last).ToString(CultureInfo.InvariantCulture);
            group = TreeGroup.Make(_files, Places, $"{Prefix}{_parentId}.t{number}", limits);
            if (group is null) return null;
            _live.Add(group);
        }

        var members = tree();
        group.NoteBefore(CpuMeter.Sum(members));
        made?.Invoke(group);
        for (var round = 0; round < GatherRounds && group.Gather(members) > 0; round++) members = tree();
        group.HasTree = true;
        return group;
    }

    /// <summary>As <see cref="Enter"/>, in the background.</summary>
    public void EnterLater(TreeLimits limits, Func<List<ProcessStat>> tree, Action<TreeGroup> made) =>
        Later(() => Enter(limits, tree, made));

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
        bool isMade;
        lock (_gate) isMade = _room.IsMade;
        if (!isMade && Places.LimitsByV2) Later(MakeRoom);
        return new OwnedGroups(owner ?? _parentId, Places);
    }

    /// <summary>For a worker, as its parent's <see cref="Share"/> lets it.</summary>
    public static TreeGroups Of(OwnedGroups groups, IGroupFiles? files = null)
    {
        files ??= KernelGroupFiles.Instance;
        var places = new Lazy<GroupPlaces>(groups.Places);
        var room = new GroupRoom(files, places, groups.Owner, Environment.ProcessId) { IsGuest = true };
        return new TreeGroups(files, places, groups.Owner, room);
    }

    /// <summary>Kills what is in a dead worker's groups and removes them, in the background.</summary>
    public void RemoveOf(int worker) => Later(() =>
        // What was killed is in its group for some moments more.
        SpinWait.SpinUntil(
            () => Sweep(_files, Places, new OwnedGroups(_parentId, Places).OfWorker(worker).Owner), RemovalPatience));

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
        _room.Undo();
        _work.Dispose();
    }

    /// <summary>
    /// Kills what is in groups of an owner that is gone, but never who calls it, and removes them. Returns whether none
    /// is left but the one that the caller is in, which goes with a later sweep.
    /// </summary>
    public static bool Sweep(IGroupFiles files, GroupPlaces places, string owner)
    {
        var clean = true;
        foreach (var group in places.Folders.SelectMany(files.Below))
        {
            if (!IsOf(owner, group)) continue;
            // What outlives a parent was started in the group that was the parent's own, and stays there.
            if (IsParentsOwn(group) && files.Processes(group).Exists(IsDetached)) continue;
            var holdsUs = HoldsUs(files, group);
            // It also kills what is in groups below.
            if (!holdsUs && files.Processes(group).Count > 0) _ = files.Write($"{group}/cgroup.kill", "1");
            foreach (var pid in files.Processes(group))
            {
                if (pid == Environment.ProcessId) continue;
                if (ProcFs.TryReadStat(pid, out var stat) && files.Processes(group).Contains(pid))
                    stat.Identity.Send(Libc.SigKill);
            }

            clean &= holdsUs
                ? files.Processes(group).TrueForAll(static pid => pid == Environment.ProcessId)
                : files.Remove(group);
        }

        return clean;
    }

    /// <summary>
    /// Removes those of an owner that are empty, and of parents the groups that they moved to and that nobody is in any
    /// more. A parent that was just about to move there makes its own again.
    /// </summary>
    public static void RemoveEmpty(IGroupFiles files, GroupPlaces places, string owner)
    {
        foreach (var group in places.Folders.SelectMany(files.Below))
        {
            if (IsOf(owner, group) || IsParentsOwn(group)) _ = files.Remove(group);
        }
    }

    /// <summary>The one that a parent moves itself to.</summary>
    internal static string OwnOf(GroupPlaces places, string parent) =>
        $"{places.Unified}/{Prefix}{parent}{OwnSuffix}";

    internal static bool IsOf(string owner, string group) =>
        Path.GetFileName(group).StartsWith($"{Prefix}{owner}.", StringComparison.Ordinal);

    /// <summary>The one that a parent moved itself to, whichever parent that was.</summary>
    internal static bool IsParentsOwn(string group) =>
        IsAmoebas(group) && group.EndsWith(OwnSuffix, StringComparison.Ordinal);

    internal static bool IsAmoebas(string group) =>
        Path.GetFileName(group).StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Of a detached attempt, by the three numbers that end its owner's name; no parent's has any.</summary>
    internal static bool IsOfDetached(string group) =>
        Path.GetFileName(group).Split('.')[0].Split('-') is [_, _, .., var ordinal, var attempt, var step]
        && IsNumber(ordinal) && IsNumber(attempt) && IsNumber(step);

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static bool HoldsUs(IGroupFiles files, string group) =>
        files.Processes(group).Contains(Environment.ProcessId)
        || files.Below(group).Any(below => HoldsUs(files, below));

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

    private void MakeRoom()
    {
        lock (_gate) _ = _room.Make();
    }
}
