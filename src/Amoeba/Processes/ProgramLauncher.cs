using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amoeba.Processes;

/// <summary>
/// The only place that starts programs. Each gets a session of its own, default signals, /dev/null or a file as its
/// input, pipes as its outputs, and nothing else of this process. Safe to use from any thread.
/// </summary>
/// <remarks>
/// This process becomes a child subreaper: what its programs leave behind comes back to it and is ended. Disposing
/// kills what still runs.
/// </remarks>
internal sealed class ProgramLauncher : IDisposable
{
    private const int TriesUnwritten = 200;

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(4);

    private readonly ProgramWatcher _watcher;
    private readonly int _devNull;
    private volatile bool _disposed;

    /// <param name="time">Measures grace and patience.</param>
    /// <param name="logger">Null logs nothing.</param>
    /// <param name="endUnknownOrphans">
    /// Also end an orphan that shed its session and its environment and so cannot be laid to one program. Right where
    /// this process starts nothing by other means; false inside an application that has daemons of its own.
    /// </param>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public ProgramLauncher(TimeProvider time, ILogger? logger = null, bool endUnknownOrphans = true)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException(
                "Starting programs is built for Linux; on this system use tasks that need no program, "
                    + "or a Linux machine or container.");
        }

        Time = time;
        Logger = logger ?? NullLogger.Instance;
        EndsUnknownOrphans = endUnknownOrphans;
        _watcher = ProgramWatcher.Shared;
        if (endUnknownOrphans) _watcher.Programs.CountEnder(1);
        _devNull = Libc.Open("/dev/null", Libc.OReadOnly | Libc.OCloseOnExec, 0);
    }

    /// <summary>Started before the first program, and told when this launcher is done.</summary>
    internal Guardian? Guardian { get; set; }

    /// <summary>
    /// This process is the first of a container, where nothing runs but one program of its at a time: killing that
    /// kills all others there at once, however fast they multiply, and where memory is short they go before it does.
    /// </summary>
    public bool OwnsContainer { get; init; }

    /// <summary>
    /// Programs that have been started and not been told as ended, but for those that are to be left alone.
    /// </summary>
    public IReadOnlyCollection<RunningProgram> Running =>
        [.. _watcher.Programs.All.Where(program => program.Tree == TreeCare.End && program.IsOf(this))];

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal bool EndsUnknownOrphans { get; }

    /// <summary>The living processes of a program's tree, the program first.</summary>
    public IReadOnlyList<ProcessStat> Members(RunningProgram program) => _watcher.Members(program);

    /// <summary>Starts a program. Why one could not be started is a value.</summary>
    public StartResult Start(ProgramStart start, IProgramOutput output)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (StartFailures.Check(start) is { } bad) return new(null, bad);
        Guardian?.EnsureStarted();
        return StartUnguarded(start, output);
    }

    internal CancellationTokenSource TimeLimit(TimeSpan timeout) => new(timeout, Time);

    internal unsafe StartResult StartUnguarded(ProgramStart start, IProgramOutput output)
    {
        var lowest = 3 + start.ExtraDescriptors.Count;
        if (start.ExtraDescriptors.Any(fd => fd < lowest) || start.Talk < lowest)
            throw new ArgumentException(
                "An extra descriptor is below the numbers it and the others become.", nameof(start));
        var stdin =
            start.StdinFile is null ? _devNull : Libc.Open(start.StdinFile, Libc.OReadOnly | Libc.OCloseOnExec, 0);
        if (stdin < 0) return new(null, StartFailures.Input(start, Libc.LastError));
        var pipes = stackalloc int[4] { -1, -1, -1, -1 };
        var given = stackalloc int[lowest];
        given[0] = stdin;
        RunningProgram? program = null;
        try
        {
            if (!TryMakePipe(pipes, lowest) || !TryMakePipe(pipes + 2, lowest))
                return new(null, StartFailures.Of(start, Libc.LastError));
            given[1] = pipes[1];
            given[2] = pipes[3];
            if (start.Talk is { } talk) given[0] = given[1] = talk;
            for (var i = 3; i < lowest; i++) given[i] = start.ExtraDescriptors[i - 3];
            program = SpawnUnwritten(start, output, new ReadOnlySpan<int>(given, lowest), pipes, out var error);
            return program is null ? new(null, StartFailures.Of(start, error)) : new(program, null);
        }
        finally
        {
            if (stdin != _devNull) _ = Libc.Close(stdin);
            CloseIfOpen(pipes[1]);
            CloseIfOpen(pipes[3]);
            if (program is null)
            {
                CloseIfOpen(pipes[0]);
                CloseIfOpen(pipes[2]);
            }
        }
    }

    /// <summary>
    /// Kills what still runs, waits until it is gone (at most a few seconds), and dismisses the guardian.
    /// </summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        // What was being started until now is among those that run; what comes after sees that it is too late.
        // One whose program lies where nothing answers may hang for ever, and holds up no other's end.
        if (_watcher.Programs.Starting.TryEnterWriteLock(EndPatience)) _watcher.Programs.Starting.ExitWriteLock();
        var running = Running;
        foreach (var program in running) program.Kill();
        var ends = Task.WhenAll(running.Select(
            program => program.Completion.ContinueWith(
                static end => end.IsFaulted || end.Result.Unkillable == 0, TaskScheduler.Default)));
        var nothingLeft = ends.Wait(EndPatience) && ends.Result.All(static gone => gone);
        Guardian?.Stop(nothingLeft);
        if (EndsUnknownOrphans) _watcher.Programs.CountEnder(-1);
        _ = Libc.Close(_devNull);
    }

    /// <summary>
    /// Starts it also where it was written a moment ago: whatever starts meanwhile, in any thread, has our open files
    /// until it is loaded, and what somebody has open for writing may not be executed (ETXTBSY). Nothing tells when
    /// that is over, so it is tried again a number of times, with about a millisecond between.
    /// </summary>
    private unsafe RunningProgram? SpawnUnwritten(
        ProgramStart start, IProgramOutput output, ReadOnlySpan<int> given, int* pipes, out int error)
    {
        var pause = new SpinWait();
        while (true)
        {
            var program = Spawn(start, output, given, pipes, out error);
            if (error != Libc.ETxtBsy || pause.Count >= TriesUnwritten) return program;
            pause.SpinOnce();
        }
    }

    private unsafe RunningProgram? Spawn(
        ProgramStart start, IProgramOutput output, ReadOnlySpan<int> given, int* pipes, out int error)
    {
        var starting = _watcher.Programs.Starting;
        starting.EnterReadLock();
        try
        {
            // The guardian may be replaced until it is dismissed, which is the last thing that is done.
            if (start.Tree != TreeCare.None) ObjectDisposedException.ThrowIf(_disposed, this);
            var begun = OpenFiles.BeginStart(start.OpenFiles, out var limit);
            var offered = false;
            int pid;
            try
            {
                offered = OwnsContainer && FirstToGo.Begin();
                error = PosixSpawn.Start(start, given, out pid);
            }
            finally
            {
                if (offered) FirstToGo.End();
                if (begun) OpenFiles.EndStart();
            }

            if (error != 0) return null;
            if (limit is { } files) OpenFiles.Limit(pid, files);
            if (OwnsContainer && !offered) FirstToGo.Offer(pid);
            var program = new RunningProgram(this, _watcher.Programs.NextId(), pid, start, output);
            _watcher.Register(program, pipes[0], pipes[2]);
            // Dispose may have seen it, or have given up waiting for it.
            if (_disposed && start.Tree == TreeCare.End) program.Kill();
            return program;
        }
        finally
        {
            starting.ExitReadLock();
        }
    }

    /// <summary>
    /// A pipe whose ends pass on to nobody, read without waiting, above the numbers the program will use.
    /// </summary>
    private static unsafe bool TryMakePipe(int* ends, int lowest)
    {
        if (Libc.Pipe2(ends, Libc.OCloseOnExec) != 0) return false;
        for (var i = 0; i < 2; i++)
        {
            if (ends[i] >= lowest) continue;
            var low = ends[i];
            ends[i] = Libc.DuplicateAtLeast(low, lowest);
            _ = Libc.Close(low);
            if (ends[i] < 0) return false;
        }

        return Libc.SetNonBlocking(ends[0]) == 0;
    }

    private static void CloseIfOpen(int fd)
    {
        if (fd >= 0) _ = Libc.Close(fd);
    }
}
