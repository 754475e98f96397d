using System.Globalization;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Terminal;
using Amoeba.Engine;

namespace Amoeba.Cli.Commands;

/// <summary>On a terminal, a line that says how far `simulate` is, once it has taken longer than a moment.</summary>
internal sealed class SimulationProgress : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    private readonly CliConsole _console;
    private readonly LiveScreen? _screen;
    private readonly int _widths;
    private readonly long _tasks;
    private int _played;
    private long _ended;

    public SimulationProgress(CommandCall call, List<JobStart> starts)
    {
        _console = call.Console;
        _widths = starts.Count;
        _tasks = Math.Max(1, starts[0].Stages.Sum(stage => (long)stage.Units));
        var dumb = _console.Variable("TERM") is null or "" or "dumb";
        if (!call.Quiet && _console.ErrorIsTerminal && !dumb) _screen = new LiveScreen(_console.Error);
    }

    /// <summary>From the thread that plays: how many attempts ended in the present width.</summary>
    public void See(long ended) => Volatile.Write(ref _ended, ended);

    /// <summary>From the thread that plays: a width is done.</summary>
    public void Next()
    {
        Interlocked.Increment(ref _played);
        See(0);
    }

    /// <summary>Shows it until the task completes; never throws what the task throws.</summary>
    public async Task WhileAsync(Task task)
    {
        using var timer = new PeriodicTimer(Every, _console.Time);
        while (await Task.WhenAny(task, timer.WaitForNextTickAsync().AsTask()) != task)
        {
            var width = _console.Size().Width;
            _screen?.Draw([TextWidth.Cut(Line(), width > 0 ? width : 80)]);
        }

        _screen?.Clear();
    }

    public void Dispose() => _screen?.Clear();

    private string Line()
    {
        var share = Math.Min(1, (double)Volatile.Read(ref _ended) / _tasks);
        var percent = share.ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
        return _widths == 1
            ? $"playing {percent}"
            : $"playing number {Math.Min(_widths, Volatile.Read(ref _played) + 1)} of {_widths}, {percent}";
    }
}
