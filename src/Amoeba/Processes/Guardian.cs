using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amoeba.Processes;

/// <summary>
/// The companion that ends what a dead parent left running: a shell in its own session that waits on a pipe only this
/// process can write to, and shares its lock. Started with the first program; started again at once when it dies.
/// </summary>
internal sealed partial class Guardian
{
    internal const string ParentVariable = "AMOEBA_PARENT_ID";
    internal const string DetachedEntry = "AMOEBA_DETACHED=1";

    private const int LowestDescriptor = 16;
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(5),
        EndPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly ProgramLauncher _launcher;
    private readonly ParentLock? _lock;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string[] _marks;
    private readonly int _pipeReader;
    private readonly int _pipeWriter;
    private RunningProgram? _running;
    private ITimer? _retry;
    private int _quickDeaths;
    private bool _disposed;
    private string? _last;

    /// <summary>Guards the programs of a launcher; from now on its first start starts the guardian too.</summary>
    /// <param name="launcher">Starts the programs, each with
    /// AMOEBA_PARENT_ID=<paramref name="parentId"/> in its environment.</param>
    /// <param name="parentId">Letters, digits, '-' and '_' only.</param>
    /// <param name="parentLock">This parent's lock, taken before; null where nobody ever takes over from it.</param>
    /// <param name="time">Paces the restarts of a guardian that keeps dying.</param>
    /// <param name="logger">Null logs nothing.</param>
    public Guardian(
        ProgramLauncher launcher, string parentId, ParentLock? parentLock, TimeProvider time, ILogger? logger = null)
        : this(launcher, [$"{ParentVariable}={parentId}", DetachedEntry, parentId], parentLock, time, logger)
    {
        if (parentId.Length == 0 || !parentId.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new ArgumentException("A parent's id has letters, digits, '-' and '_' only.", nameof(parentId));
    }

    /// <param name="launcher">Starts the programs.</param>
    /// <param name="marks">The entry of those it ends, the entry of those it leaves (empty: none), the name of its
    /// groups (empty: it has none).</param>
    /// <param name="parentLock">Null where nobody ever takes over.</param>
    /// <param name="time">Paces the restarts of a guardian that keeps dying.</param>
    /// <param name="logger">Null logs nothing.</param>
    private Guardian(
        ProgramLauncher launcher, string[] marks, ParentLock? parentLock, TimeProvider time, ILogger? logger)
    {
        _launcher = launcher;
        _marks = marks;
        _lock = parentLock;
        _time = time;
        _logger = logger ?? NullLogger.Instance;
        (_pipeReader, _pipeWriter) = MakePipe();
        launcher.Guardian = this;
    }

    /// <summary>
    /// Guards the programs of a worker that nobody need watch: what carries its step's mark
    /// ends with it, however it ends.
    /// </summary>
    /// <param name="launcher">Starts the programs.</param>
    /// <param name="mark">NAME=VALUE, in the environment of the worker and of all it starts, and in no other's.</param>
    /// <param name="groups">What it makes for its task; null where it makes none.</param>
    /// <param name="time">Paces the restarts of a guardian that keeps dying.</param>
    public static Guardian OfWorker(ProgramLauncher launcher, string mark, OwnedGroups? groups, TimeProvider time) =>
        new(launcher, [mark, "", groups?.Owner ?? ""], parentLock: null, time, logger: null)
        {
            Groups = new(groups?.Places ?? GroupPlaces.None),
        };

    /// <summary>Told after a guardian died and a new one was started (true), or could not be (false).</summary>
    internal event Action<bool>? Replaced;

    /// <summary>Where groups with this parent's name may lie; set before the first start.</summary>
    public Lazy<GroupPlaces> Groups { get; init; } = new(GroupPlaces.None);

    /// <summary>
    /// A folder that is of no use without the parent, and is removed after it; null for
    /// none. Set before the first start.
    /// </summary>
    public string? Scratch { get; init; }

    /// <summary>The guardian's number; null before the first program.</summary>
    public int? Pid
    {
        get
        {
            lock (_gate) return _running?.Pid;
        }
    }

    /// <summary>
    /// Starts the guardian unless it runs. Never throws: without one, programs run and a warning is logged.
    /// </summary>
    public void EnsureStarted()
    {
        // Read without the gate: this is before every single start.
        if (Volatile.Read(ref _running) is not null) return;
        lock (_gate)
        {
            if (_running is null && !_disposed && _retry is null) StartOne();
        }
    }

    /// <summary>
    /// A line of shell that the guardian runs when the parent is gone and its programs are killed: for what a daemon
    /// runs on its behalf. It has ten seconds. Null takes an earlier one back.
    /// </summary>
    public void Leave(string? line)
    {
        if (line is not null && line.Contains('\n', StringComparison.Ordinal))
            throw new ArgumentException("It is one line.", nameof(line));
        lock (_gate)
        {
            if (_disposed || _last == line) return;
            _last = line;
            if (_running is not null) Tell($"last {line}\n");
        }
    }

    /// <summary>
    /// The end of this parent. With nothing left the guardian is told so and ends without looking, and the lock's file
    /// is removed; else it does what it is there for.
    /// </summary>
    internal void Stop(bool nothingLeft)
    {
        RunningProgram? running;
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            running = _running;
            nothingLeft &= _last is null;
            _retry?.Dispose();
        }

        if (nothingLeft) Tell("done\n");
        _ = Libc.Close(_pipeWriter);
        _ = Libc.Close(_pipeReader);
        if (!nothingLeft) return;
        running?.Completion.ContinueWith(static _ => { }, TaskScheduler.Default).Wait(EndPatience);
        _lock?.Remove();
    }

    private void StartOne()
    {
        var started = _time.GetTimestamp();
        var start = new ProgramStart("/bin/sh",
            ["-c", GuardianScript.Text, "amoeba-guardian", .. _marks, .. Groups.Value.Folders],
            ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", $"AMOEBA_SCRATCH={Scratch}"], "/")
        {
            Name = "amoeba-guardian",
            ExtraDescriptors = _lock is { } held ? [_pipeReader, held.Descriptor] : [_pipeReader],
            Tree = TreeCare.None,
        };
        var (program, failure) = _launcher.StartUnguarded(start, Nothing.Instance);
        if (program is null)
        {
            LogNotStarted(failure!.Message);
            _quickDeaths++;
            RetryLater();
            return;
        }

        Volatile.Write(ref _running, program);
        if (_last is not null) Tell($"last {_last}\n");
        program.Completion.ContinueWith(_ => OnDied(program, started), TaskScheduler.Default);
    }

    private void OnDied(RunningProgram program, long started)
    {
        bool replaced;
        lock (_gate)
        {
            if (_disposed || _running != program) return;
            _running = null;
            LogDied(program.Pid);
            _quickDeaths = _time.GetElapsedTime(started) >= ShortLife ? 0 : _quickDeaths + 1;
            if (_quickDeaths <= 1) StartOne();
            else RetryLater();
            replaced = _running is not null;
        }

        Replaced?.Invoke(replaced);
    }

    private void RetryLater()
    {
        var pause = TimeSpan.FromMilliseconds(100 << Math.Min(_quickDeaths, 10));
        _retry = _time.CreateTimer(_ => Retry(), null,
            pause < LongestPause ? pause : LongestPause, Timeout.InfiniteTimeSpan);
    }

    private void Retry()
    {
        lock (_gate)
        {
            _retry?.Dispose();
            _retry = null;
            if (_running is null && !_disposed) StartOne();
            if (_running is null) return;
        }

        Replaced?.Invoke(true);
    }

    private unsafe void Tell(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        fixed (byte* word = bytes) _ = Libc.Write(_pipeWriter, word, (nuint)bytes.Length);
    }

    private static unsafe (int Reader, int Writer) MakePipe()
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe2(ends, Libc.OCloseOnExec) != 0)
            throw new IOException($"The guardian's pipe could not be made: {Libc.Describe(Libc.LastError)}.");
        var reader = Libc.DuplicateAtLeast(ends[0], LowestDescriptor);
        _ = Libc.Close(ends[0]);
        return (reader, ends[1]);
    }

    [LoggerMessage(EventId = 3111, Level = LogLevel.Warning,
        Message = "The guardian {Pid} ended while its parent lives; another one takes its place.")]
    private partial void LogDied(int pid);

    [LoggerMessage(EventId = 3112, Level = LogLevel.Error,
        Message = "No guardian could be started: {Why} If this process is killed now, its children stay.")]
    private partial void LogNotStarted(string why);

    private sealed class Nothing : IProgramOutput
    {
        internal static readonly Nothing Instance = new();

        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes) => true;

        public void OnExit(ProgramExit exit)
        {
        }
    }
}
