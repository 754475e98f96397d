using System.Globalization;

namespace Amoeba.Processes;

/// <summary>
/// What this process, a child subreaper, was handed because its own parent ended: daemons, background jobs, the
/// rest of a killed tree. Each is laid to the program whose tree it comes from, and reaped when it ends.
/// </summary>
/// <remarks>
/// The kernel hands orphans to our first thread, so one read of that thread's list of children shows them all; it is
/// empty in the usual case, which is what makes ending a tree cost nothing where there is none.
/// </remarks>
internal sealed unsafe class AdoptedProcesses
{
    private const int SubreaperOption = 36;

    /// <summary>
    /// The longest that one without an environment is taken for one that is just being executed; the kernel needs
    /// microseconds for that, and a processor.
    /// </summary>
    private static readonly TimeSpan BarePatience = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, AdoptedProcess> _byPid = [];
    private readonly List<int> _children = [];
    private readonly byte[] _buffer = GC.AllocateArray<byte>(16 * 1024, pinned: true);
    private readonly ProgramRegistry _programs;
    private readonly Action<AdoptedProcess> _watch;
    private readonly Action<int> _close;
    private readonly int _session = Libc.GetSession(0);
    private readonly int _childrenFile;

    internal AdoptedProcesses(ProgramRegistry programs, Action<AdoptedProcess> watch, Action<int> close)
    {
        _programs = programs;
        _watch = watch;
        _close = close;
        _ = Libc.Prctl(SubreaperOption, 1, 0, 0, 0);
        var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        _childrenFile = Libc.Open($"/proc/self/task/{self}/children", Libc.OReadOnly | Libc.OCloseOnExec, 0);
    }

    internal bool IsEmpty
    {
        get
        {
            lock (_gate) return _byPid.Count == 0;
        }
    }

    /// <summary>Takes note of what was handed to us since the last time. Called by the watcher's thread only.</summary>
    internal void Refresh()
    {
        // One that was dead already may have handed its own children on while the list was read: read it again.
        while (FindUnknown() && AdoptUnknown()) { }

        foreach (var adopted in All())
        {
            // Seen just as it executed it had no environment; by now it may show whose it is.
            if (adopted.Owners.Count <= 1) continue;
            var isSettled = !adopted.IsBare || IsSettled(adopted);
            var owner = ProvenOwner(adopted.Identity.Pid, adopted.Session);
            if (owner is not null) adopted.Owners = [owner];
            adopted.IsBare = owner is null && !isSettled;
        }
    }

    /// <summary>
    /// Kills what is left of an ended program, and returns how many of its processes are still there, and how many of
    /// these it killed just now.
    /// </summary>
    internal (int Remaining, int Killed) KillRestOf(RunningProgram program)
    {
        var remaining = 0;
        var killed = 0;
        foreach (var adopted in PerhapsOf(program))
        {
            if (!adopted.Owners.TrueForAll(static owner => owner.Channels.Ended))
            {
                // Not told as ended before it is known that this one is another's.
                if (adopted.IsBare) remaining++;
                continue;
            }

            remaining++;
            if (adopted.Killed) continue;
            adopted.Killed = true;
            killed++;
            Kill(adopted);
        }

        return (remaining, killed);
    }

    /// <summary>
    /// Those of this program and of no other: only they may be signalled with it, and count against its limits.
    /// </summary>
    internal List<AdoptedProcess> Of(RunningProgram program) =>
        Living(adopted => adopted.Owners is [var owner] && owner == program);

    private List<AdoptedProcess> PerhapsOf(RunningProgram program) =>
        Living(adopted => adopted.Owners.Contains(program));

    private List<AdoptedProcess> Living(Func<AdoptedProcess, bool> isMeant)
    {
        lock (_gate)
            return _byPid.Count == 0 ? [] : [.. _byPid.Values.Where(adopted => !adopted.Ended && isMeant(adopted))];
    }

    internal List<AdoptedProcess> All()
    {
        lock (_gate) return [.. _byPid.Values];
    }

    internal AdoptedProcess? ByPid(int pid)
    {
        lock (_gate) return _byPid.GetValueOrDefault(pid);
    }

    /// <summary>Whether it has ended; from then on it is nobody's. Its zombie stays until <see cref="Reap"/>.</summary>
    internal bool TrySeeEnd(AdoptedProcess adopted)
    {
        var result = Libc.SeeEnd(adopted.Identity.Pid, out _, out var use);
        if (result == 0) return false;
        lock (_gate) adopted.Ended = true;
        // Not before: who looks at the tree would count it twice. Of the unknown it cannot be said whose time it was.
        if (result > 0 && adopted.Owners is [var owner]) owner.NoteReaped(use.CpuTime);
        return true;
    }

    /// <summary>
    /// Takes the zombie away, which the kernel may take its time for (<see cref="RunningProgram.Reap"/>).
    /// </summary>
    internal void Reap(AdoptedProcess adopted)
    {
        int status;
        _ = Libc.Wait4(adopted.Identity.Pid, &status, Libc.WaitNoHang, null);
        lock (_gate) _byPid.Remove(adopted.Identity.Pid);
        if (adopted.Pidfd >= 0) _close(adopted.Pidfd);
    }

    /// <summary>True when one of them was dead.</summary>
    private bool AdoptUnknown()
    {
        // Among the unknown may be a program that is just being started: look again while none is.
        _programs.Starting.EnterWriteLock();
        try
        {
            FindUnknown();
        }
        finally
        {
            _programs.Starting.ExitWriteLock();
        }

        var reaped = false;
        foreach (var pid in _children) reaped |= Adopt(pid);
        return reaped;
    }

    /// <summary>Whether it has an environment by now, or had the time to be given one.</summary>
    private static bool IsSettled(AdoptedProcess adopted) =>
        TimeProvider.System.GetElapsedTime(adopted.Since) > BarePatience
            || ProcFs.Environment(adopted.Identity.Pid).Length > 0;

    private bool FindUnknown()
    {
        _children.Clear();
        ReadChildren();
        if (_children.Count == 0) return false;
        _children.RemoveAll(pid => _programs.ByPid(pid) is not null || ByPid(pid) is not null);
        return _children.Count > 0;
    }

    private void ReadChildren()
    {
        if (_childrenFile < 0)
        {
            // A kernel without these lists: look at every process.
            foreach (var pid in ProcFs.Pids())
            {
                if (ProcFs.TryReadStat(pid, out var stat) && stat.Parent == Environment.ProcessId) _children.Add(pid);
            }

            return;
        }

        fixed (byte* start = _buffer)
        {
            // A longer list shows its rest once these are gone.
            var length = (int)Libc.PRead(_childrenFile, start, (nuint)_buffer.Length, 0);
            if (length <= 0) return;
            var text = new ReadOnlySpan<byte>(start, length);
            ProcFs.ParsePids(text[..(text.LastIndexOf((byte)' ') + 1)], _children);
        }
    }

    /// <summary>True when it was dead and is reaped.</summary>
    private bool Adopt(int pid)
    {
        if (!ProcFs.TryReadStat(pid, out var stat)) return false;
        // Programs always get a session of their own. What is in ours was started by the application around us, which
        // waits for it itself.
        if (stat.Session == _session) return false;
        var owners = OwnersOf(stat);
        var adopted = new AdoptedProcess(stat, Libc.PidfdOpen(pid), owners)
        {
            IsBare = owners.Count > 1 && ProcFs.Environment(pid).Length == 0,
        };
        lock (_gate) _byPid[pid] = adopted;
        if (stat.IsZombie && TrySeeEnd(adopted))
        {
            Reap(adopted);
            return true;
        }

        _watch(adopted);
        if (owners.Count > 0 || !_programs.EndsUnknownOrphans) return false;
        // Nothing runs that it could belong to: its program was told as ended before it came to us.
        adopted.Killed = true;
        Kill(adopted);
        return false;
    }

    /// <summary>
    /// One that shows no sign can come from any program that runs now: it is ended when the last of these has ended.
    /// </summary>
    private List<RunningProgram> OwnersOf(ProcessStat stat) => ProvenOwner(stat.Pid, stat.Session) is { } owner
        ? [owner]
        : [.. _programs.All.Where(static program => program.TakesUnknown)];

    /// <summary>Told by session, by cookie, by the pipe it writes to, or by the control group it is in.</summary>
    private RunningProgram? ProvenOwner(int pid, int session)
    {
        if (_programs.ByPid(session) is { } leader) return leader;
        var environment = ProcFs.Environment(pid);
        foreach (var program in _programs.All)
        {
            var isIts = program.Channels.HasSession(session)
                || (program.Cookie is { } cookie && ProcFs.HasEntry(environment, cookie))
                || program.Channels.IsWrittenBy(pid)
                || program.Group?.Holds(pid) == true;
            if (!isIts) continue;
            program.Channels.AddSession(session);
            return program;
        }

        return null;
    }

    private static void Kill(AdoptedProcess adopted)
    {
        // Its group is of a session that is not ours, and it is not reaped, so the number still means this group.
        _ = Libc.Kill(-adopted.Group, Libc.SigKill);
        _ = Libc.Kill(adopted.Identity.Pid, Libc.SigKill);
    }
}

/// <summary>One adopted process; the watcher's thread alone changes it.</summary>
internal sealed class AdoptedProcess(ProcessStat stat, int pidfd, List<RunningProgram> owners)
{
    internal ProcessIdentity Identity { get; } = stat.Identity;

    internal int Group { get; } = stat.Group;

    internal int Session { get; } = stat.Session;

    internal int Pidfd { get; } = pidfd;

    internal List<RunningProgram> Owners { get; set; } = owners;

    internal long Since { get; } = TimeProvider.System.GetTimestamp();

    /// <summary>It shows no environment, perhaps because it is just being executed, and might be anybody's.</summary>
    internal bool IsBare { get; set; }

    internal bool Killed { get; set; }

    internal bool Ended { get; set; }
}
