using System.Collections.Concurrent;

namespace Amoeba.Processes;

/// <summary>
/// The one thread that serves every program: reads what they write, sees them end, ends what they left behind, and
/// tells their sinks. There is one in a process, whatever the number of launchers: children and orphans are the
/// process's, and two who took them for theirs would reap each other's.
/// </summary>
internal sealed unsafe partial class ProgramWatcher
{
    private const int KindBits = 3;
    private const ulong KindMask = (1 << KindBits) - 1, ExitKind = 3, AdoptedKind = 4;
    private const int TickMilliseconds = 100, PollMilliseconds = 10;

    /// <summary>
    /// How long a program's pipes are left alone: most programs end sooner, and are read once, at their end.
    /// </summary>
    private const int FreshMilliseconds = 3;

    /// <summary>
    /// How long after the last start the thread looks for fresh programs by itself, which need not wake it then.
    /// </summary>
    private const int BusyMilliseconds = 20;
    private const int BufferSize = 64 * 1024;

    /// <summary>The most a pipe can hold: what is in it when its program ends is read, and no more.</summary>
    private const int LargestPipe = 1024 * 1024;

    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(2);
    private static readonly MadeOnce<ProgramWatcher> Instance = new(static () => new ProgramWatcher());

    private readonly Poller _poller = new();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly AdoptedProcesses _adopted;
    private readonly ConcurrentQueue<RunningProgram> _fresh = new();
    private volatile bool _naps = true;
    private volatile bool _polling;
    private long _nextTick;
    private long _busyUntil;

    private ProgramWatcher()
    {
        Libc.KeepChildrenWaitable();
        _adopted = new AdoptedProcesses(Programs, Watch, _poller.Close);
        new Thread(Run) { IsBackground = true, Name = "amoeba programs" }.Start();
    }

    /// <summary>The process's one; made, and its thread started, when it is first asked for.</summary>
    internal static ProgramWatcher Shared => Instance.Value;

    internal ProgramRegistry Programs { get; } = new();

    private bool IsIdle => Programs.IsEmpty && _adopted.IsEmpty;

    /// <summary>Takes over a program that was just started, with the reading ends of its pipes.</summary>
    internal void Register(RunningProgram program, int stdout, int stderr)
    {
        var channels = program.Channels;
        channels.Poller = _poller;
        channels.Stdout = stdout;
        channels.Stderr = stderr;
        channels.Pidfd = Libc.PidfdOpen(program.Pid);
        Programs.Add(program);
        _fresh.Enqueue(program);
        var watched = channels.Pidfd >= 0 && _poller.Add(channels.Pidfd, Token(program, ExitKind));
        if (!watched) _polling = true;
        Interlocked.MemoryBarrier();
        if (_naps || !watched) _poller.Wake();
    }

    /// <summary>Signals every process of a program's tree, wherever it has gone.</summary>
    internal void SignalTree(RunningProgram program, int signal)
    {
        // Found before any of them ends: a process whose parent is gone no longer shows whose child it was.
        foreach (var member in Members(program))
        {
            if (member.Group != program.Pid) member.Identity.Send(signal);
        }

        program.SignalGroup(signal);
        if (signal == Libc.SigKill) program.Group?.Kill();
    }

    /// <summary>The living processes of a program's tree.</summary>
    internal List<ProcessStat> Members(RunningProgram program)
    {
        var members = Tree(program);
        members.RemoveAll(static member => member.IsZombie);
        return members;
    }

    /// <summary>The processes of a program's tree, with those that ended and were not waited for.</summary>
    internal List<ProcessStat> Tree(RunningProgram program)
    {
        var isThere = !program.IsReaped;
        var tree = Tree(program, isThere);
        // Taken away meanwhile, its number may be another's by now, and what was found below it that one's.
        return isThere && program.IsReaped ? Tree(program, isThere: false) : tree;
    }

    private List<ProcessStat> Tree(RunningProgram program, bool isThere) =>
        ProcessTree.Descend([.. isThere ? [program.Pid] : Array.Empty<int>(),
            .. _adopted.Of(program).Select(adopted => adopted.Identity.Pid), .. program.Group?.Processes() ?? []]);

    private static ulong Token(RunningProgram program, ulong kind) => (program.Id << KindBits) | kind;

    private void Run()
    {
        Span<ulong> tokens = stackalloc ulong[128];
        while (true)
        {
            _naps = false;
            WatchPipes();
            var count = _poller.Wait(tokens, TimeToWait());
            for (var i = 0; i < count; i++) Handle(tokens[i]);
            // With nothing to care for, a wait that a signal interrupted is no reason to look at the kernel.
            if (!IsIdle && (Stamp() >= _nextTick || _polling)) Tick();
        }
    }

    /// <summary>Begins to watch the pipes of those that outlived their first moments.</summary>
    private void WatchPipes()
    {
        if (_fresh.IsEmpty) return;
        var now = Stamp();
        _busyUntil = now + Ticks(BusyMilliseconds);
        while (_fresh.TryPeek(out var program))
        {
            var channels = program.Channels;
            if (!channels.Ended && now - channels.Started < Ticks(FreshMilliseconds)) return;
            _fresh.TryDequeue(out _);
            if (channels.Ended) continue;
            channels.PipesWatched = true;
            var watched = Watch(program, ProgramStream.Stdout) & Watch(program, ProgramStream.Stderr);
            if (!watched) _polling = channels.PipesPolled = true;
        }
    }

    /// <summary>
    /// False where the system has no room to watch one more (fs.epoll.max_user_watches): it is looked at then.
    /// </summary>
    private bool Watch(RunningProgram program, ProgramStream stream)
    {
        var fd = program.Channels.Of(stream);
        return fd < 0 || _poller.Add(fd, Token(program, (ulong)stream));
    }

    private int TimeToWait()
    {
        if (!_fresh.IsEmpty || Stamp() < _busyUntil) return FreshMilliseconds;
        _naps = true;
        // A program registered just now may have seen the old value: look again, and not before it is written.
        Interlocked.MemoryBarrier();
        if (!_fresh.IsEmpty) return FreshMilliseconds;
        if (_polling) return PollMilliseconds;
        return IsIdle ? Timeout.Infinite : TickMilliseconds;
    }

    private static long Ticks(int milliseconds) => TimeProvider.System.TimestampFrequency * milliseconds / 1000;

    /// <summary>
    /// Real time whatever time the launchers are given: it paces looks at the kernel, and decides nothing.
    /// </summary>
    private static long Stamp() => TimeProvider.System.GetTimestamp();

    private void Handle(ulong token)
    {
        if (token == Poller.WakeToken) return;
        var kind = token & KindMask;
        if (kind == AdoptedKind)
        {
            if (_adopted.ByPid((int)(token >> KindBits)) is { } adopted) OnAdoptedExit(adopted);
            return;
        }

        // A late event of a descriptor that is closed by now finds nothing.
        if (Programs.ById(token >> KindBits) is not { } program) return;
        if (kind == ExitKind) OnProgramExit(program);
        else Pump(program, (ProgramStream)kind, BufferSize);
    }

    /// <summary>
    /// What has no event of its own: orphans that came while their program runs, and ends without a pidfd.
    /// </summary>
    private void Tick()
    {
        _nextTick = Stamp() + Ticks(TickMilliseconds);
        _adopted.Refresh();
        var polling = false;
        foreach (var adopted in _adopted.All())
        {
            if (adopted.Pidfd < 0) polling |= !OnAdoptedExit(adopted);
        }

        foreach (var program in Programs.All)
        {
            if (program.Channels.PipesPolled && !program.Channels.Ended)
            {
                Pump(program, ProgramStream.Stdout, BufferSize);
                Pump(program, ProgramStream.Stderr, BufferSize);
                polling = true;
            }

            if (program.Channels.Ended) TryFinish(program);
            else if (program.Channels.Pidfd < 0 && HasEnded(program)) OnProgramExit(program);
            else polling |= program.Channels.Pidfd < 0;
        }

        _polling = polling;
    }

    private static bool HasEnded(RunningProgram program) =>
        !ProcFs.TryReadStat(program.Pid, out var stat) || stat.IsZombie;

    private void Watch(AdoptedProcess adopted)
    {
        var token = ((ulong)adopted.Identity.Pid << KindBits) | AdoptedKind;
        if (adopted.Pidfd < 0 || !_poller.Add(adopted.Pidfd, token)) _polling = true;
    }

    private bool OnAdoptedExit(AdoptedProcess adopted)
    {
        if (!_adopted.TrySeeEnd(adopted)) return false;
        foreach (var owner in adopted.Owners)
        {
            if (owner.Channels.Ended) TryFinish(owner);
        }

        _adopted.Reap(adopted);
        return true;
    }
}
