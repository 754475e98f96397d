using Microsoft.Extensions.Logging;

namespace Amoeba.Processes;

/// <summary>A started program: its number, its end, and the ways to end it. Safe to use from any thread.</summary>
internal sealed class RunningProgram
{
    private readonly Lock _gate = new();
    private readonly ProgramLauncher _launcher;
    private readonly TaskCompletionSource<ProgramExit> _completion;
    private ITimer? _graceTimer;
    private long _startTicks;
    private long _peak;
    private long _reapedTime;
    private bool _reaped;

    internal RunningProgram(ProgramLauncher launcher, ulong id, int pid, ProgramStart start, IProgramOutput output)
    {
        _launcher = launcher;
        _completion =
            new(start.ContinuesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        Id = id;
        Pid = pid;
        Tree = start.Tree;
        Cookie = start.Cookie is { } cookie ? ProcFs.Cookie(cookie) : null;
        Output = output;
    }

    public int Pid { get; }

    /// <summary>
    /// Ends when the program has, with its output read and its tree gone; never fails but for a bug in the sink.
    /// </summary>
    public Task<ProgramExit> Completion => _completion.Task;

    /// <summary>
    /// Pid and start time: what tells it from a later process of the same number. Zero ticks once it is gone.
    /// </summary>
    public ProcessIdentity Identity
    {
        get
        {
            lock (_gate)
            {
                if (_startTicks == 0 && !_reaped && ProcFs.TryReadStat(Pid, out var stat))
                    _startTicks = stat.StartTicks;
                return new ProcessIdentity(Pid, _startTicks);
            }
        }
    }

    internal ulong Id { get; }

    internal TreeCare Tree { get; }

    internal bool IsOf(ProgramLauncher launcher) => _launcher == launcher;

    internal ILogger Logger => _launcher.Logger;

    /// <summary>Whether an orphan that can be laid to nobody may be laid to this one.</summary>
    internal bool TakesUnknown => Tree != TreeCare.None && _launcher.EndsUnknownOrphans;

    internal byte[]? Cookie { get; }

    internal IProgramOutput Output { get; }

    /// <summary>What the watcher's thread alone keeps about it.</summary>
    internal ProgramChannels Channels { get; } = new() { Started = TimeProvider.System.GetTimestamp() };

    /// <summary>The control group its tree was put into; null before, and where there are none.</summary>
    internal TreeGroup? Group { get; set; }

    internal long Peak => Interlocked.Read(ref _peak);

    /// <summary>Its number is no longer its own.</summary>
    internal bool IsReaped
    {
        get
        {
            lock (_gate) return _reaped;
        }
    }

    /// <summary>Processor time of those of its tree that ended as orphans.</summary>
    internal TimeSpan ReapedTime => new(Interlocked.Read(ref _reapedTime));

    /// <summary>
    /// Asks the whole tree to end (SIGTERM) and kills what is left of it after <paramref name="grace"/>.
    /// Returns at once; the end is told as any other.
    /// </summary>
    public void End(TimeSpan grace)
    {
        if (grace <= TimeSpan.Zero)
        {
            Kill();
            return;
        }

        ProgramWatcher.Shared.SignalTree(this, Libc.SigTerm);
        // A stopped process hears SIGTERM only once it goes on.
        ProgramWatcher.Shared.SignalTree(this, Libc.SigCont);
        lock (_gate)
        {
            if (!_reaped)
                _graceTimer ??= _launcher.Time.CreateTimer(_ => Kill(), null, grace, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Kills the whole tree (SIGKILL). Returns at once; the end is told as any other.</summary>
    public void Kill()
    {
        if (_launcher.OwnsContainer) _ = Libc.Kill(-1, Libc.SigKill);
        ProgramWatcher.Shared.SignalTree(this, Libc.SigKill);
    }

    /// <summary>Notes a measurement of the tree's memory, in bytes.</summary>
    internal void NoteMemory(long bytes)
    {
        var seen = Interlocked.Read(ref _peak);
        while (bytes > seen)
        {
            var before = Interlocked.CompareExchange(ref _peak, bytes, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    internal void NoteReaped(TimeSpan cpu) => Interlocked.Add(ref _reapedTime, cpu.Ticks);

    /// <summary>
    /// Signals the program's process group; the number cannot have been reused, as it is not reaped yet.
    /// </summary>
    internal void SignalGroup(int signal)
    {
        lock (_gate)
        {
            if (!_reaped) _ = Libc.Kill(-Pid, signal);
        }
    }

    /// <summary>
    /// How it ended; false while it runs. Its zombie stays, and with it its number. The status is -1 when some other
    /// code of this process took it first.
    /// </summary>
    internal bool TrySeeEnd(out int status, out Libc.ResourceUse use)
    {
        var result = Libc.SeeEnd(Pid, out status, out use);
        if (result < 0) status = -1;
        return result != 0;
    }

    /// <summary>
    /// Takes the zombie away; after this the pid may belong to another. The kernel may take 20 ms for it, where others
    /// look through /proc, so nobody is to wait for that.
    /// </summary>
    internal unsafe void Reap()
    {
        lock (_gate)
        {
            _reaped = true;
            _graceTimer?.Dispose();
            int status;
            while (Libc.Wait4(Pid, &status, Libc.WaitNoHang, null) < 0 && Libc.LastError == Libc.EIntr) { }
        }
    }

    internal void Complete(ProgramExit exit) => _completion.TrySetResult(exit);

    internal void Fail(Exception bug) => _completion.TrySetException(bug);
}
