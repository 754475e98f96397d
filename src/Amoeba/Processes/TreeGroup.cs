using System.Globalization;
using System.Text;

namespace Amoeba.Processes;

/// <summary>
/// One tree's control group: a folder of the same name in every hierarchy that holds one of its limits. The tree is put
/// into it while it runs, and what it starts from then on is born in it.
/// </summary>
internal sealed class TreeGroup
{
    /// <summary>
    /// The kernel counts threads as processes. A limit of 64 processes must not keep a program from its threads: there
    /// the kernel only stops a runaway, and the exact line is watched.
    /// </summary>
    private const int ThreadsEach = 32, LeastTasks = 1024;

    private const int KillRounds = 20;
    private const long PeriodMicroseconds = 100_000, LeastQuota = 1000;

    private readonly IGroupFiles _files;
    private readonly string? _memory;
    private readonly string? _cpu;
    private readonly string? _processes;
    private readonly string? _unified;
    private readonly string[] _folders;
    private readonly byte[] _mark;
    private readonly TreeLimits _limits;
    private double _before;

    /// <summary>What was refused before the end, at which everything is.</summary>
    private long? _refusedBefore;

    private TreeGroup(IGroupFiles files, GroupPlaces places, string name, TreeLimits limits)
    {
        _files = files;
        _limits = limits;
        _mark = Encoding.ASCII.GetBytes($"/{name}\n");
        _memory = limits.MemoryBytes is null ? null : In(places.Memory);
        _cpu = limits.Cpu is null ? null : In(places.Cpu);
        _processes = limits.Processes is null ? null : In(places.Processes);
        _unified = In(places.Unified);
        _folders = [.. new[] { _unified, _memory, _cpu, _processes }.OfType<string>().Distinct()];

        string? In(string? place) => place is null ? null : $"{place}/{name}";
    }

    /// <summary>The kernel holds the tree back at its limit of processors, so that it need not be ended.</summary>
    internal bool Throttles { get; private set; }

    /// <summary>The tree was put into it; what is not in it since was on its way from fork to exec.</summary>
    internal bool HasTree { get; set; }

    /// <summary>Its program has ended, and it may go.</summary>
    internal bool IsOver { get; set; }

    /// <summary>Makes the folders and sets the limits; null where the kernel refuses.</summary>
    internal static TreeGroup? Make(IGroupFiles files, GroupPlaces places, string name, TreeLimits limits)
    {
        var group = new TreeGroup(files, places, name, limits);
        if (group._folders.Length > 0 && Array.TrueForAll(group._folders, files.Make) && group.SetLimits())
            return group;
        group.TryRemove();
        return null;
    }

    /// <summary>Notes what the tree used before it came in.</summary>
    internal void NoteBefore(double cpuSeconds) => _before = cpuSeconds;

    /// <summary>
    /// Puts in those that are not in it: at first all, later only what was on its way from fork to exec. Returns how
    /// many these were.
    /// </summary>
    internal int Gather(IReadOnlyList<ProcessStat> members)
    {
        var moved = 0;
        foreach (var folder in _folders)
        {
            var held = _files.Processes(folder).ToHashSet();
            foreach (var member in members)
            {
                if (held.Contains(member.Pid) || member.IsZombie) continue;
                if (_files.Write($"{folder}/cgroup.procs", Text(member.Pid))) moved++;
            }
        }

        return moved;
    }

    /// <summary>Every process in it, wherever it went and whatever it shed.</summary>
    internal HashSet<int> Processes()
    {
        var pids = new HashSet<int>();
        foreach (var folder in _folders) pids.UnionWith(_files.Processes(folder));
        return pids;
    }

    internal bool Holds(int pid) => ProcFs.Groups(pid).AsSpan().IndexOf(_mark) >= 0;

    /// <summary>Kills all that is in it. What forks meanwhile is killed too.</summary>
    internal void Kill()
    {
        if (_unified is not null) _ = _files.Write($"{_unified}/cgroup.kill", "1");
        var pids = Processes();
        if (pids.Count == 0) return;
        // From here on nothing is born in it, and one round gets them all.
        if (_processes is not null)
        {
            _refusedBefore ??= Refused();
            _ = _files.Write($"{_processes}/pids.max", "0");
        }

        for (var round = 0; round < KillRounds && pids.Count > 0; round++)
        {
            var alive = 0;
            foreach (var pid in pids) alive += KillOne(pid) ? 1 : 0;
            if (alive == 0) return;
            pids = Processes();
        }
    }

    /// <summary>The line that the kernel held it to, if there was one, and what was used.</summary>
    internal TreeUse Read()
    {
        var peak = Peak();
        LimitBreach? breach = null;
        if (_memory is not null && OomKills() > 0)
            breach = new LimitBreach(LimitKind.Memory, _limits.MemoryBytes!.Value, peak ?? 0) { ByKernel = true };
        else if ((_refusedBefore ?? Refused()) > 0)
            breach = new LimitBreach(LimitKind.Processes, _limits.Processes!.Value, Tasks) { ByKernel = true };
        var cpu =
            _files.Value($"{_unified}/cpu.stat", "usage_usec") / 1e6 ?? _files.Number($"{_cpu}/cpuacct.usage") / 1e9;
        return new TreeUse(breach, peak, cpu is { } seconds ? TimeSpan.FromSeconds(seconds + _before) : null);
    }

    /// <summary>How often the kernel killed one of it for want of memory.</summary>
    internal long OomKills() => _memory is null ? 0
        : _files.Value($"{_memory}/{(_memory == _unified ? "memory.events" : "memory.oom_control")}", "oom_kill") ?? 0;

    /// <summary>Removes what is empty of it; false while something is left.</summary>
    internal bool TryRemove()
    {
        var gone = true;
        foreach (var folder in _folders) gone &= _files.Remove(folder);
        return gone;
    }

    private long Refused() => _processes is null ? 0 : _files.Value($"{_processes}/pids.events", "max") ?? 0;

    private long Tasks => Math.Max(LeastTasks, (_limits.Processes ?? 0L) * ThreadsEach);

    private bool SetLimits()
    {
        if (_memory is not null && !SetMemory(_limits.MemoryBytes!.Value)) return false;
        if (_processes is not null)
        {
            if (!_files.Write($"{_processes}/pids.max", Text(Tasks))) return false;
        }

        if (_cpu is null) return true;
        var quota = Math.Max(LeastQuota, (long)(_limits.Cpu!.Value * PeriodMicroseconds));
        Throttles = _cpu == _unified
            ? _files.Write($"{_cpu}/cpu.max", $"{Text(quota)} {Text(PeriodMicroseconds)}")
            : _files.Write($"{_cpu}/cpu.cfs_period_us", Text(PeriodMicroseconds))
                && _files.Write($"{_cpu}/cpu.cfs_quota_us", Text(quota));
        return true;
    }

    private bool SetMemory(long bytes)
    {
        if (_memory != _unified)
        {
            // The second is with swap, and is there only where the kernel counts that.
            var set = _files.Write($"{_memory}/memory.limit_in_bytes", Text(bytes));
            _ = _files.Write($"{_memory}/memory.memsw.limit_in_bytes", Text(bytes));
            return set;
        }

        _ = _files.Write($"{_memory}/memory.swap.max", "0");
        _ = _files.Write($"{_memory}/memory.oom.group", "1");
        return _files.Write($"{_memory}/memory.max", Text(bytes));
    }

    /// <summary>Without the files' pages that the kernel would have given up: these are no need for memory.</summary>
    private long? Peak()
    {
        if (_memory is null) return null;
        var isV2 = _memory == _unified;
        var peak = _files.Number($"{_memory}/{(isV2 ? "memory.peak" : "memory.max_usage_in_bytes")}");
        var stat = $"{_memory}/memory.stat";
        var cached = _files.Value(stat, isV2 ? "file" : "total_cache") ?? 0;
        var shared = _files.Value(stat, isV2 ? "shmem" : "total_shmem") ?? 0;
        return peak is { } bytes ? Math.Max(0, bytes - Math.Max(0, cached - shared)) : null;
    }

    private bool KillOne(int pid)
    {
        var pidfd = Libc.PidfdOpen(pid);
        if (pidfd < 0) return Libc.LastError == Libc.ENoSys && Holds(pid) && Libc.Kill(pid, Libc.SigKill) == 0;
        // The descriptor pins the process; only then is it known whether it is one of the group.
        var sent = Holds(pid) && Libc.PidfdSignal(pidfd, Libc.SigKill) == 0
            && ProcFs.TryReadStat(pid, out var stat) && !stat.IsZombie;
        _ = Libc.Close(pidfd);
        return sent;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
