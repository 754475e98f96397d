using System.Collections.Concurrent;

namespace Amoeba.Processes;

/// <summary>The programs that run, by number of ours and by pid.</summary>
internal sealed class ProgramRegistry : IDisposable
{
    private readonly ConcurrentDictionary<ulong, RunningProgram> _byId = new();
    private readonly ConcurrentDictionary<int, RunningProgram> _byPid = new();
    private ulong _lastId;

    /// <summary>
    /// Held shared from before a program is started until it is registered. Whoever holds it alone knows every child
    /// of ours, so that a child it does not know is one that was adopted.
    /// </summary>
    internal ReaderWriterLockSlim Starting { get; } = new();

    internal bool IsEmpty => _byId.IsEmpty;

    internal IEnumerable<RunningProgram> All => _byId.Select(pair => pair.Value);

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

    public void Dispose() => Starting.Dispose();
}
