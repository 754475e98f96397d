namespace Amoeba.Processes;

/// <summary>A program's descriptors and how far its end has come; the watcher's thread alone touches them.</summary>
internal sealed class ProgramChannels
{
    private volatile bool _ended;
    private HashSet<int>? _sessions;

    /// <summary>What watches the pidfd, and after the first moments the pipes.</summary>
    internal Poller? Poller { get; set; }

    internal bool PipesWatched { get; set; }

    /// <summary>Not all of them could be watched: they are looked at every 10 ms.</summary>
    internal bool PipesPolled { get; set; }

    /// <summary>Timestamp of its start.</summary>
    internal long Started { get; init; }

    internal int Stdout { get; set; } = -1;

    internal int Stderr { get; set; } = -1;

    internal int Pidfd { get; set; } = -1;

    internal bool Refused { get; set; }

    internal bool Ended
    {
        get => _ended;
        set => _ended = value;
    }

    internal int LeftBehind { get; set; }

    /// <summary>What a sink threw: a bug, told through <see cref="RunningProgram.Completion"/>.</summary>
    internal Exception? Bug { get; set; }

    /// <summary>Timestamp after which the end is told even though something of the tree would not go away.</summary>
    internal long Deadline { get; set; }

    /// <summary>What is still to go away, by the last count.</summary>
    internal int Remaining { get; set; }

    /// <summary>Sessions that processes of its tree have made for themselves.</summary>
    internal void AddSession(int session) => (_sessions ??= []).Add(session);

    internal bool HasSession(int session) => _sessions is not null && _sessions.Contains(session);

    /// <summary>True when the process holds the other end of one of these pipes as an output of its own.</summary>
    internal bool IsWrittenBy(int pid)
    {
        foreach (var ours in (int[])[Stdout, Stderr])
        {
            if (ours < 0 || ProcFs.LinkOf(Environment.ProcessId, ours) is not { } pipe) continue;
            if (pipe == ProcFs.LinkOf(pid, 1) || pipe == ProcFs.LinkOf(pid, 2)) return true;
        }

        return false;
    }

    internal int Of(ProgramStream stream) => stream == ProgramStream.Stdout ? Stdout : Stderr;

    internal void Close(ProgramStream stream)
    {
        if (stream == ProgramStream.Stdout) Stdout = Close(Stdout, PipesWatched);
        else Stderr = Close(Stderr, PipesWatched);
    }

    internal void CloseAll()
    {
        Stdout = Close(Stdout, PipesWatched);
        Stderr = Close(Stderr, PipesWatched);
        Pidfd = Close(Pidfd, true);
    }

    private int Close(int fd, bool watched)
    {
        if (fd >= 0 && watched && Poller is { } poller) poller.Close(fd);
        else if (fd >= 0) _ = Libc.Close(fd);
        return -1;
    }
}
