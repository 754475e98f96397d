namespace Amoeba.Processes;

/// <summary>
/// Holds trees to their limits by looking: every 100 ms, every 20 ms once a tree has passed half of a limit. Programs
/// that end before the first look cost nothing but their entry in a list. Also notes each tree's peak of memory.
/// Where control groups can be made, a tree is put into one when that pays: when it has a limit of processors, is near
/// a limit, or has lived for a second. From then on the kernel holds it, and watching is the second line.
/// </summary>
internal sealed partial class TreeWatcher : ITreeLimiter, IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(100), Close = TimeSpan.FromMilliseconds(20);

    /// <summary>From this age on the price of a group is small beside the program's own time.</summary>
    private static readonly TimeSpan GroupAge = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FilesPause = TimeSpan.FromSeconds(1);

    /// <summary>One part in so many of a processor is the most that looking takes.</summary>
    private const int CostShare = 10;

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly AutoResetEvent _wake = new(false);
    private readonly TimeProvider _time;
    private readonly TreeGroups? _groups;
    private Thread? _thread;
    private bool _waitsForWork;
    private bool _disposed;

    /// <param name="time">Paces the looks.</param>
    /// <param name="groups">Null holds by watching alone. Disposed with this.</param>
    public TreeWatcher(TimeProvider time, TreeGroups? groups = null)
    {
        _time = time;
        _groups = groups;
    }

    public string Name => _groups is null ? "watching" : "control groups";

    public ITreeHold Watch(
        RunningProgram program, TreeLimits limits, Action<LimitBreach> onBreach, Action<LimitBreach>? onNear = null)
    {
        var entry = new Entry(this, program, limits, onBreach)
        {
            OnNear = onNear,
            Due = After(Usual),
            Began = _time.GetTimestamp(),
        };
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _entries.Add(entry);
            StartThread();
            if (_waitsForWork) _wake.Set();
        }

        return entry;
    }

    /// <summary>
    /// Begins before there is anything to watch: what is watched may take up every thread there can be.
    /// </summary>
    public void Prepare()
    {
        lock (_gate) StartThread();
    }

    public void Dispose()
    {
        lock (_gate) _disposed = true;
        _wake.Set();
        _thread?.Join();
        _groups?.Dispose();
        _wake.Dispose();
    }

    /// <summary>Looks at every tree that is due. Returns how many.</summary>
    internal int RunOnce()
    {
        List<Entry> due;
        var now = _time.GetTimestamp();
        lock (_gate)
        {
            _entries.RemoveAll(static entry => entry.Program.Completion.IsCompleted);
            due = _entries.FindAll(entry => entry.Due <= now);
        }

        foreach (var entry in due) Look(entry);
        return due.Count;
    }

    private void StartThread()
    {
        if (_thread is not null) return;
        _thread = new Thread(Run) { IsBackground = true, Name = "amoeba limits" };
        _thread.Start();
    }

    private void Run()
    {
        while (true)
        {
            _wake.WaitOne(TimeToWait());
            lock (_gate)
            {
                if (_disposed) return;
            }

            RunOnce();
        }
    }

    private TimeSpan TimeToWait()
    {
        lock (_gate)
        {
            _waitsForWork = _entries.Count == 0;
            if (_waitsForWork) return _disposed ? TimeSpan.Zero : Timeout.InfiniteTimeSpan;
            var wait = _time.GetElapsedTime(_time.GetTimestamp(), _entries.Min(static entry => entry.Due));
            return TimeSpan.FromMilliseconds(Math.Clamp(wait.TotalMilliseconds, 1, Usual.TotalMilliseconds));
        }
    }

    private void Look(Entry entry)
    {
        var began = Libc.ThreadCpuTime();
        // In this order, so that an orphan that ends between counts once at the most.
        var reaped = entry.Program.ReapedTime;
        var tree = ProgramWatcher.Shared.Tree(entry.Program);
        var cpu = CpuBreach(entry, tree, reaped);
        var members = tree.FindAll(static member => !member.IsZombie);
        var memory = TreeMemory.Measure(members, entry.Limits.MemoryBytes);
        entry.Program.NoteMemory(memory);
        var kernel = entry.Group?.Read().Breach;
        if ((kernel ?? BreachOf(entry.Limits, members.Count, memory) ?? cpu) is { } breach)
        {
            // What multiplies faster than it can be killed one by one is first put where it can be killed at once.
            if (breach.Kind == LimitKind.Processes && entry.AsksForGroup())
                _groups!.Enter(entry.Limits, entry.Tree, entry.Take);
            if (Forget(entry)) entry.OnBreach(breach);
            return;
        }

        entry.WarnIfNear(LimitKind.Memory, memory, entry.Limits.MemoryBytes);
        entry.WarnIfNear(LimitKind.Processes, members.Count, entry.Limits.Processes);
        if (entry.LooksAtFiles()) WarnOfFiles(entry, members);
        var isClose = members.Count * 2L > entry.Limits.Processes || memory * 2 > entry.Limits.MemoryBytes;
        Tend(entry, members, isClose);
        // Not by the clock: a look that had to wait for a processor would make the next one late, just when it matters.
        var cost = (Libc.ThreadCpuTime() - began) * CostShare;
        var pause = isClose ? Close : Usual;
        entry.Due = After(cost > pause ? cost : pause);
    }

    private static LimitBreach? BreachOf(TreeLimits limits, int processes, long memory)
    {
        if (memory > limits.MemoryBytes) return new LimitBreach(LimitKind.Memory, limits.MemoryBytes.Value, memory);
        if (processes > limits.Processes)
            return new LimitBreach(LimitKind.Processes, limits.Processes.Value, processes);
        return null;
    }

    private LimitBreach? CpuBreach(Entry entry, List<ProcessStat> tree, TimeSpan reaped)
    {
        if (entry.Limits.Cpu is not { } limit || entry.Group?.Throttles == true) return null;
        var use = entry.Meter.Read(_time.GetElapsedTime(0), tree, reaped);
        var seen = new LimitBreach(LimitKind.Cpu, (long)Math.Round(limit * 1000), use.Average) { Over = use.Over };
        // Unlike memory, a moment more of it harms nobody: the look that warns never ends the tree.
        var warns = use.IsNear(limit) && entry.Warn(seen);
        return use.IsOver(limit) && !warns ? seen : null;
    }

    private static void WarnOfFiles(Entry entry, List<ProcessStat> members)
    {
        var most = entry.Limits.Files!.Value;
        foreach (var member in members)
        {
            var open = OpenFiles.Count(member.Pid, most);
            if (!Entry.IsNear(open, most) || OpenFiles.LimitOf(member.Pid) > (ulong)most) continue;
            entry.WarnIfNear(LimitKind.Files, open, most);
            return;
        }
    }

    private long After(TimeSpan pause) => _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency);

    private bool Forget(Entry entry)
    {
        lock (_gate) return _entries.Remove(entry);
    }
}
