namespace Amoeba.Processes;

/// <content>What is kept of a tree, and its way into a control group.</content>
internal sealed partial class TreeWatcher
{
    private void Tend(Entry entry, List<ProcessStat> members, bool isClose)
    {
        if (entry.Group is { } group)
        {
            if (group.HasTree) group.Gather(members);
            return;
        }

        var pays = isClose || entry.Limits.Cpu is not null || _time.GetElapsedTime(entry.Began) >= GroupAge;
        if (pays && entry.AsksForGroup()) _groups!.EnterLater(entry.Limits, entry.Tree, entry.Take);
    }

    private sealed class Entry(
        TreeWatcher watcher, RunningProgram program, TreeLimits limits, Action<LimitBreach> onBreach)
        : ITreeHold
    {
        /// <summary>Share of a line from which on it is near.</summary>
        private const double Near = 0.8;

        private readonly HashSet<LimitKind> _warned = [];
        private bool _asked;
        private long? _files;
        private bool _disposed;

        internal RunningProgram Program { get; } = program;

        internal TreeLimits Limits { get; } = limits;

        internal Action<LimitBreach> OnBreach { get; } = onBreach;

        internal Action<LimitBreach>? OnNear { get; init; }

        internal long Due { get; set; }

        internal long Began { get; init; }

        internal CpuMeter Meter { get; } = new();

        internal TreeGroup? Group => Program.Group;

        internal List<ProcessStat> Tree() => ProgramWatcher.Shared.Tree(Program);

        /// <summary>True once, where there are groups and the program is one whose tree ends with it.</summary>
        internal bool AsksForGroup()
        {
            if (_asked || watcher._groups is null || Program.Tree != TreeCare.End) return false;
            return _asked = true;
        }

        internal void Take(TreeGroup group)
        {
            lock (watcher._gate)
            {
                if (!_disposed)
                {
                    Program.Group = group;
                    return;
                }
            }

            watcher._groups!.RemoveLater(group);
        }

        /// <summary>
        /// Once a second until it was warned: it is a call of the kernel for each of its processes.
        /// </summary>
        internal bool LooksAtFiles()
        {
            if (Limits.Files is null || OnNear is null || _warned.Contains(LimitKind.Files)) return false;
            var now = watcher._time.GetTimestamp();
            if (_files is { } last && watcher._time.GetElapsedTime(last, now) < FilesPause) return false;
            _files = now;
            return true;
        }

        internal static bool IsNear(long seen, long limit) => seen >= limit * Near;

        /// <summary>Says once that a line is near, if it is.</summary>
        internal void WarnIfNear(LimitKind kind, long seen, long? line)
        {
            if (line is { } limit && IsNear(seen, limit)) Warn(new LimitBreach(kind, limit, seen));
        }

        /// <summary>Says that a line is near; false where that was said before.</summary>
        internal bool Warn(LimitBreach near)
        {
            if (!_warned.Add(near.Kind)) return false;
            OnNear?.Invoke(near);
            return true;
        }

        public TreeUse Settle()
        {
            var use = Group?.Read() ?? default;
            // Of what was killed together with its parent, nobody waited for the one before the other was gone: the
            // end may know less than the last look did.
            var seen = Meter.Most;
            return seen > (use.CpuTime ?? TimeSpan.Zero) ? use with { CpuTime = seen } : use;
        }

        public void Dispose()
        {
            watcher.Forget(this);
            lock (watcher._gate)
            {
                if (_disposed) return;
                _disposed = true;
            }

            if (Group is { } group) watcher._groups!.RemoveLater(group);
        }
    }
}
