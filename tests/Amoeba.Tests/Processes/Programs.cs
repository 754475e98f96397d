using System.Text;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Processes;

/// <summary>Short ways to start real programs in a test's own folder.</summary>
internal sealed class Programs : IDisposable
{
    /// <summary>Long beside what anything takes here, for a machine that others load too.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static int _lastCookie;

    internal Programs()
    {
        Folder = Directory.CreateTempSubdirectory("amoeba-processes-").FullName;
        Launcher = new ProgramLauncher(TimeProvider.System);
    }

    internal string Folder { get; }

    internal ProgramLauncher Launcher { get; }

    internal static string NewCookie() =>
        $"AMOEBA_ATTEMPT={Environment.ProcessId}/{Interlocked.Increment(ref _lastCookie)}";

    internal ProgramStart Shell(string script, params string[] environment)
    {
        var cookie = NewCookie();
        return new ProgramStart("/bin/sh", ["-c", script],
            ["PATH=/usr/local/bin:/usr/bin:/bin", cookie, .. environment], Folder)
        {
            Cookie = cookie,
        };
    }

    internal Started Start(ProgramStart start)
    {
        var sink = new Sink();
        var (program, failure) = Launcher.Start(start, sink);
        Assert.Null(failure);
        return new Started(program!, sink);
    }

    internal async Task<Started> Run(string script, params string[] environment) =>
        await Run(Shell(script, environment));

    internal async Task<Started> Run(ProgramStart start)
    {
        var started = Start(start);
        await started.Exit();
        return started;
    }

    public void Dispose()
    {
        Launcher.Dispose();
        TempFolder.Remove(Folder);
    }
}

internal sealed record Started(RunningProgram Program, Sink Sink)
{
    internal string Stdout => Sink.Text(ProgramStream.Stdout);

    internal string Stderr => Sink.Text(ProgramStream.Stderr);

    internal Task<ProgramExit> Exit() =>
        Program.Completion.WaitAsync(Programs.Patience, TestContext.Current.CancellationToken);
}

internal sealed class Sink : IProgramOutput
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ProgramStream, StringBuilder> _text = [];
    private readonly List<(string Needle, TaskCompletionSource Seen)> _waiting = [];

    internal int Refuse { get; init; } = int.MaxValue;

    internal List<ProgramExit> Exits { get; } = [];

    public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (!_text.TryGetValue(stream, out var text)) _text[stream] = text = new StringBuilder();
            text.Append(Encoding.UTF8.GetString(bytes));
            foreach (var (needle, seen) in _waiting)
            {
                if (stream == ProgramStream.Stdout && text.ToString().Contains(needle, StringComparison.Ordinal))
                    seen.TrySetResult();
            }

            return text.Length < Refuse;
        }
    }

    public void OnExit(ProgramExit exit)
    {
        lock (_gate) Exits.Add(exit);
    }

    internal string Text(ProgramStream stream)
    {
        lock (_gate) return _text.TryGetValue(stream, out var text) ? text.ToString() : "";
    }

    /// <summary>Ends when the standard output has held the needle.</summary>
    internal Task Saw(string needle)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (Text(ProgramStream.Stdout).Contains(needle, StringComparison.Ordinal)) return Task.CompletedTask;
            _waiting.Add((needle, seen));
        }

        return seen.Task.WaitAsync(Programs.Patience, TestContext.Current.CancellationToken);
    }
}
