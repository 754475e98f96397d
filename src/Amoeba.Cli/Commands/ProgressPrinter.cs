using Amoeba.Cli.Arguments;
using Amoeba.Cli.Terminal;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

/// <summary>
/// Shows how a job goes on, on standard error: a live display on a terminal, otherwise a line now and then, and with
/// `--quiet` nothing. It reads the store like every face does, so that it can show jobs of other processes too.
/// </summary>
internal sealed class ProgressPrinter : IDisposable
{
    private static readonly TimeSpan LiveEvery = TimeSpan.FromMilliseconds(100);
    private const int MostAudit = 100;
    private const int MostActs = 20;
    private const int MostHeldBack = 20;
    private const string Warned = "warned: ";
    private static readonly TimeSpan TurnEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HeldBackEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(1);

    private readonly CliConsole _console;
    private readonly JobReader _reader;
    private readonly string _job;
    private readonly LiveScreen? _screen;
    private readonly Style _style;
    private readonly bool _quiet;
    private readonly ProgressMeter _meter = new();
    private readonly long _start;
    private long _rev = -1;
    private int _ended = -1;
    private readonly DateTimeOffset _since;
    private bool _warned;
    private int _acts;
    private readonly Dictionary<string, long> _heldBack = new(StringComparer.Ordinal); // when what was told
    private WaitView? _turn;

    public ProgressPrinter(CommandCall call, JobReader reader, string job)
    {
        (_console, _reader, _job, _quiet) = (call.Console, reader, job, call.Quiet);
        _style = Style.ForError(_console);
        var dumb = _console.Variable("TERM") is null or "" or "dumb";
        if (!_quiet && _console.ErrorIsTerminal && !dumb && _console.Size() is { Width: > 0, Height: > 0 })
            _screen = new LiveScreen(_console.Error);
        _start = _console.Time.GetTimestamp();
        _since = call.Since;
    }

    /// <summary>Says once, where there is no live display, what runs and how to stop it.</summary>
    public void Begin()
    {
        if (_quiet || _screen is not null || _reader.FindById(_job) is not { } job) return;
        if (job.IsSettled) return;
        var children = job.Status.Width > 1 ? $"up to {job.Status.Width} children" : "one by one";
        _console.Error.WriteLine(
            $"{TextWidth.Clean(job.Record.Name)} ({_job}): "
                + $"{Deciding.Say.Count(job.Counts.Total, "task", "tasks")}, {children}. "
            + $"Ctrl-C stops it; to go on after that, or after a crash: amoeba resume {_job}");
    }

    /// <summary>Shows progress until the task completes; never throws what the task throws.</summary>
    public async Task WhileAsync(Task task)
    {
        if (_quiet)
        {
            await _console.Stay(task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        using var timer = new PeriodicTimer(_screen is null ? PlainEvery : LiveEvery, _console.Time);
        while (!task.IsCompleted)
        {
            Show();
            await _console.Stay(Task.WhenAny(task, timer.WaitForNextTickAsync().AsTask()));
            if (task.IsCompleted) break;
        }

        if (_reader.FindById(_job) is not { } ended) return;
        if (!_warned) WarnOnce(ended);
        TellActs(ended);
    }

    /// <summary>Prints a line above whatever is shown.</summary>
    public void Say(string line)
    {
        Clear();
        _console.Error.WriteLine(Wrapping.Wrap(line, Wrapping.WidthOfError(_console), 4));
    }

    public void Clear() => _screen?.Clear();

    public void Dispose() => Clear();

    private void Show()
    {
        // While nothing was committed only the clock moved: on a terminal it is worth a line, elsewhere not.
        var rev = _reader.Rev();
        if (_screen is null && rev == _rev) return;
        _rev = rev;
        if (_reader.FindById(_job) is not { } job || job.IsSettled) return;
        WarnOnce(job);
        TellActs(job);
        if (_screen is null)
        {
            TellTurn(job);
            TellHeldBack(job);
            if (job.Counts.Ended == _ended) return;
        }

        var state = State(job);
        if (_screen is not null)
        {
            var (width, height) = _console.Size();
            _screen.Draw(ProgressView.Lines(state, width, height, _style));
        }
        else if (_ended >= 0 || job.Counts.Ended > 0)
        {
            _console.Error.WriteLine(ProgressView.Plain(state));
        }

        _ended = job.Counts.Ended;
    }

    /// <summary>A job that may not start a child yet stands still for no reason that could be seen.</summary>
    private void TellTurn(JobView job)
    {
        if (_reader.Waits(job).FirstOrDefault(wait => wait.Tasks == 0) is not { } turn) _turn = null;
        else if (_turn is null || turn.Until > _turn.Until + TurnEvery)
        {
            _turn = turn;
            Say($"{_job}: {SpentText.Wait(turn)}");
        }
    }

    /// <summary>
    /// What holds it back, when that becomes another thing: its figures alone, and reasons that take turns, change too
    /// often for lines that stay.
    /// </summary>
    private void TellHeldBack(JobView job)
    {
        if (HeldBack(job) is not { } why) return;
        var kind = string.Concat(why.Where(letter => !char.IsAsciiDigit(letter)));
        if (_heldBack.TryGetValue(kind, out var told) && _console.Time.GetElapsedTime(told) < HeldBackEvery) return;
        if (_heldBack.Count == MostHeldBack) _heldBack.Clear();
        _heldBack[kind] = _console.Time.GetTimestamp();
        Say($"{_job}: {TextWidth.Clean(why)}");
    }

    private static string? HeldBack(JobView job) =>
        job.State == JobState.Running && !IsWarning(job) ? job.Status.Reason : null;

    private ProgressState State(JobView job)
    {
        var (rate, left) =
            _meter.Take(_console.Time.GetElapsedTime(_start).TotalSeconds, job.Counts.Ended, job.Counts.Total);
        var waits = _reader.Waits(job);
        return new ProgressState
        {
            Job = job.Id,
            Name = job.Record.Name,
            State = job.State,
            Counts = job.Counts,
            Reused = job.Status.Reused,
            HeldBack = HeldBack(job),
            Width = job.Status.Width,
            Seconds = job.Seconds,
            Rate = rate,
            Left = job.State == JobState.Running ? left : null,
            Usage = JobReader.UsageOf(job),
            Waits = waits,
            Running = _screen is null ? [] : Running(job, waits.Sum(wait => wait.Tasks)),
        };
    }

    private static bool IsWarning(JobView job) =>
        job.Status.Reason?.StartsWith("warning: ", StringComparison.Ordinal) == true;

    /// <summary>
    /// A warning is a line of its own that stays, where what holds a job back comes and goes. It is the job's reason
    /// for as long as nothing else is; the audit log has it for good, so that it is never missed.
    /// </summary>
    private void WarnOnce(JobView job)
    {
        if (_warned || JobReader.UsageOf(job).Budget == BudgetSpec.None) return;
        var what = IsWarning(job) ? job.Status.Reason!["warning: ".Length..] : Warning();
        if (what is null) return;
        _warned = true;
        Say($"amoeba: warning: {TextWidth.Clean(what)}");
    }

    /// <summary>Prints what the overseer did since this command began, each act once.</summary>
    private void TellActs(JobView job)
    {
        if (_acts >= MostActs) return;
        foreach (var act in _reader.Acts(job).Where(act => act.At >= _since).Skip(_acts).Take(MostActs - _acts))
        {
            Say($"amoeba: {TextWidth.Clean(act.Why)}");
            if (++_acts == MostActs) Say($"amoeba: more of that: amoeba show {_job}");
        }
    }

    /// <summary>What the job was warned of since this command began.</summary>
    private string? Warning() => _reader.Audit(_job, MostAudit)
        .Where(entry =>
            entry.At >= _since && entry.What == "budget" && entry.Why.StartsWith(Warned, StringComparison.Ordinal))
        .Select(entry => $"most of its budget is used: {entry.Why[Warned.Length..]}")
        .FirstOrDefault();

    private RunningTask[] Running(JobView job, int waiting)
    {
        var now = _console.Time.GetUtcNow();
        var (_, height) = _console.Size();
        IReadOnlySet<string> idle = waiting == 0 ? new HashSet<string>() : _reader.Waiting(job);
        return
        [
            .. _reader.InState(job, TaskState.Running, Math.Max(height, 1) + waiting)
                .Where(task => !idle.Contains(task.Child ?? ""))
                .Select(task => new RunningTask(
                    Child(job.Id, task.Child), task.Name, task.Items.Count > 0 ? ItemText.Of(task.Items[0]) : "",
                    task.Started is { } started ? Math.Max(0, (now - started).TotalSeconds) : 0))
                .OrderByDescending(task => task.Seconds),
        ];
    }

    /// <summary>A child's id without its job's, which stands in the title.</summary>
    private static string Child(string job, string? child) => child is null ? ""
        : child.StartsWith(job, StringComparison.Ordinal) ? child[job.Length..].TrimStart('-', '.', '/')
        : child;
}
