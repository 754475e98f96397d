using System.Collections.Concurrent;

namespace Amoeba.Processes;

/// <summary>The programs that run, by number of ours and by pid.</summary>
internal sealed class ProgramRegistry
{
    private readonly ConcurrentDictionary<ulong, RunningProgram> _byId = new();
    private readonly ConcurrentDictionary<int, RunningProgram> _byPid = new();
    private ulong _lastId;
    private int _enders;

    /// <summary>
    /// Held shared from before a program is started until it is registered. Whoever holds it alone knows every child
    /// of ours, so that a child it does not know is one that was adopted.
    /// </summary>
    internal ReaderWriterLockSlim Starting { get; } = new();

    internal bool IsEmpty => _byId.IsEmpty;

    internal ICollection<RunningProgram> All => _byId.Values;

    /// <summary>True while there is a launcher that ends orphans which can be laid to nobody.</summary>
    internal bool EndsUnknownOrphans => Volatile.Read(ref _enders) > 0;

    internal void CountEnder(int change) => Interlocked.Add(ref _enders, change);

    internal ulong NextId() => Interlocked.Increment(ref _lastId);

    internal void Add(RunningProgram program)
    {
        _byPid[program.Pid] = program;
        _byId[program.Id] = program;
    }

    internal void Remove(RunningProgram program)
    {
        _byId.TryRemove(program.Id, out _);
        _byPid.TryRemove(new KeyValuePair<int, RunningProgram>(program.Pid, program));
    }

    internal RunningProgram? ById(ulong id) => _byId.GetValueOrDefault(id);

    internal RunningProgram? ByPid(int pid) => _byPid.GetValueOrDefault(pid);
}
