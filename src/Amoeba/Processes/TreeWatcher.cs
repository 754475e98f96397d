namespace Amoeba.Processes;

/// <summary>
/// Holds trees to their limits by looking: every 100 ms, every 20 ms once a tree has passed half of a limit. Programs
/// that end before the first look cost nothing but their entry in a list. Also notes each tree's peak of memory.
/// </summary>
internal sealed class TreeWatcher : ITreeLimiter, IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(100), Close = TimeSpan.FromMilliseconds(20);

    /// <summary>Looking takes at most this share of a processor.</summary>
    private const int CostShare = 10;

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly AutoResetEvent _wake = new(false);
    private readonly TimeProvider _time;
    private Thread? _thread;
    private bool _waitsForWork;
    private bool _disposed;

    public TreeWatcher(TimeProvider time) => _time = time;

    public string Name => "watching";

    public ITreeHold Watch(RunningProgram program, TreeLimits limits, Action<LimitBreach> onBreach)
    {
        var entry = new Entry(this, program, limits, onBreach) { Due = After(Usual) };
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _entries.Add(entry);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "amoeba limits" };
                _thread.Start();
            }

            if (_waitsForWork) _wake.Set();
        }

        return entry;
    }

    public void Dispose()
    {
        lock (_gate) _disposed = true;
        _wake.Set();
        _thread?.Join();
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
        var started = _time.GetTimestamp();
        var tree = ProgramWatcher.Shared.Tree(entry.Program);
        var cpu = CpuBreach(entry, tree);
        var members = tree.FindAll(static member => !member.IsZombie);
        var memory = TreeMemory.Measure(members, entry.Limits.MemoryBytes);
        entry.Program.NoteMemory(memory);
        if ((BreachOf(entry.Limits, members.Count, memory) ?? cpu) is { } breach)
        {
            if (Forget(entry)) entry.OnBreach(breach);
            return;
        }

        var isClose = members.Count * 2L > entry.Limits.Processes || memory * 2 > entry.Limits.MemoryBytes;
        var cost = _time.GetElapsedTime(started) * CostShare;
        var pause = isClose ? Close : Usual;
        entry.Due = After(cost > pause ? cost : pause);
    }

    private static LimitBreach? BreachOf(TreeLimits limits, int processes, long memory)
    {
        if (memory > limits.MemoryBytes) return new LimitBreach(LimitKind.Memory, limits.MemoryBytes.Value, memory);
        if (processes > limits.Processes) return new LimitBreach(LimitKind.Processes, limits.Processes.Value, processes);
        return null;
    }

    private LimitBreach? CpuBreach(Entry entry, List<ProcessStat> tree)
    {
        if (entry.Limits.Cpu is not { } limit) return null;
        var used = entry.Meter.Read(_time.GetElapsedTime(0), tree, entry.Program.ReapedTime, limit);
        return used is { } seen ? new LimitBreach(LimitKind.Cpu, (long)Math.Round(limit * 1000), seen) : null;
    }

    private long After(TimeSpan pause) => _time.GetTimestamp() + (long)(pause.TotalSeconds * _time.TimestampFrequency);

    private bool Forget(Entry entry)
    {
        lock (_gate) return _entries.Remove(entry);
    }

    private sealed class Entry(TreeWatcher watcher, RunningProgram program, TreeLimits limits, Action<LimitBreach> onBreach)
        : ITreeHold
    {
        internal RunningProgram Program { get; } = program;

        internal TreeLimits Limits { get; } = limits;

        internal Action<LimitBreach> OnBreach { get; } = onBreach;

        internal long Due { get; set; }

        internal CpuMeter Meter { get; } = new();

        public TreeUse Settle() => default;

        public void Dispose() => watcher.Forget(this);
    }
}
