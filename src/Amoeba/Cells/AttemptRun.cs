using System.Runtime.CompilerServices;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Secrets;

namespace Amoeba.Cells;

/// <summary>One attempt on its way: from the order to the result.</summary>
internal sealed class AttemptRun(
    AttemptRunner runner, AttemptOrder order, long ordered, AttemptStop stop, IAttemptWaits waits, IAttemptWatch watch)
{
    private const long NotBegun = long.MinValue;

    private AttemptCost _cost;
    private AttemptWork? _work;
    private AttemptOutput? _output;
    private EarlierOutput? _reused;
    private List<string>? _falls;
    private string? _tool;
    private long _began = NotBegun;
    private long _ended;

    /// <summary>One tool and nothing before or after it, as most attempts are.</summary>
    private bool _isPlain;

    /// <summary>
    /// What is known of its cost while it goes on, or when its child is lost with it: how long it took and what it
    /// wrote. What its tools used is told at their end. Safe from any thread; null before it began.
    /// </summary>
    public AttemptFigures? CostSoFar => Volatile.Read(ref _began) is not NotBegun and var began
        ? new AttemptFigures
        {
            Spawn = runner.Time.GetElapsedTime(ordered, began).TotalSeconds,
            Execution = runner.Time.GetElapsedTime(began).TotalSeconds,
            OutputBytes = Volatile.Read(ref _output)?.Length ?? 0,
        }
        : null;

    /// <summary>
    /// A plain attempt whose tool ends at once is over when this returns, without a method that could be suspended.
    /// </summary>
    public ValueTask<AttemptResult> RunAsync()
    {
        ValueTask<ToolOutcome> running;
        try
        {
            running = Begin();
        }
        catch (Exception problem)
        {
            running = new(Fault(problem));
        }

        return running.IsCompletedSuccessfully ? new(End(running.Result)) : EndAsync(running);
    }

    private async ValueTask<AttemptResult> EndAsync(ValueTask<ToolOutcome> running)
    {
        ToolOutcome outcome;
        try
        {
            outcome = await running;
        }
        catch (Exception problem)
        {
            outcome = Fault(problem);
        }

        return End(outcome);
    }

    private AttemptResult End(in ToolOutcome outcome)
    {
        try
        {
            var final = _isPlain ? Settle(outcome) : outcome;
            _ended = runner.Time.GetTimestamp();
            return Conclude(final);
        }
        finally
        {
            _output?.Dispose();
        }
    }

    private ToolOutcome Fault(Exception problem)
    {
        if (problem is StoreUnusableException fault) runner.TellUnusable(fault);
        return AttemptErrors.Of(problem);
    }

    private ValueTask<ToolOutcome> Begin()
    {
        // One that is taken up runs elsewhere: it is to be told of its end, and what it wrote until then is to be seen.
        if (stop.Reason is not null && !order.TakesUp) return new(new ToolOutcome(AttemptEnd.Stopped));
        var work = _work = runner.Binder.Bind(order);
        Volatile.Write(ref _began, runner.Time.GetTimestamp());
        if (work is not { Earlier: null, Unasked: null, Verify: null, Chain.Count: 1 }) return WorkAsync(work);
        _output = AttemptOutput.Open(runner.Outputs, order, work, watch);
        _isPlain = true;
        var bound = work.Chain[0];
        return runner.FindTool(bound.Name) is { } tool
            ? tool.RunAsync(Run(work, bound, _output), stop.Gentle)
            : new(NotFound(bound));
    }

    /// <summary>What a plain attempt's tool came to, with what it wrote.</summary>
    private ToolOutcome Settle(in ToolOutcome outcome)
    {
        _cost.Add(outcome, runner.Time, _began);
        _output!.Finish();
        if (_output.Fault is { } fault) return Fault(fault);
        return _output.IsOver
            ? AttemptErrors.OverOutput(_work!.Limits)
            : AttemptErrors.Masked(outcome, _work!.Masker);
    }

    private async ValueTask<ToolOutcome> WorkAsync(AttemptWork work)
    {
        // One that was begun elsewhere is at it already.
        if (!order.TakesUp && work.Earlier?.Invoke() is { } earlier
            && Take(work, earlier) && await IsVerifiedAsync(work))
        {
            _reused = earlier;
            return new ToolOutcome(AttemptEnd.Succeeded);
        }

        if (work.Unasked is { } unasked) return new ToolOutcome(AttemptEnd.Unasked, unasked);
        var outcome = await ChainAsync(work);
        if (outcome.End != AttemptEnd.Succeeded || work.Verify is not { } check) return outcome;
        await LeaveThread();
        var verified = await RunToolAsync(check, new DiscardedOutput(watch), runner.FindCheck(check.Name));
        return verified.End switch
        {
            AttemptEnd.Succeeded => outcome,
            AttemptEnd.Stopped => verified,
            AttemptEnd.Hopeless => new ToolOutcome(AttemptEnd.Hopeless, $"verify: {verified.Error}"),
            _ => new ToolOutcome(AttemptEnd.Failed, $"verify: {verified.Error}"),
        };
    }

    /// <summary>Copies what an earlier job gave, so that it outlives that job.</summary>
    /// <returns>False where it is gone or damaged, or more than this task may write.</returns>
    private bool Take(AttemptWork work, EarlierOutput earlier)
    {
        _output = AttemptOutput.Open(runner.Outputs, order, work, watch);
        try
        {
            using var bytes = runner.Outputs.Read(earlier.Job, earlier.Output);
            var buffer = new byte[1 << 16];
            for (int count; (count = bytes.Read(buffer)) > 0;)
            {
                if (!_output.Write(buffer.AsSpan(0, count))) break;
            }
        }
        catch (Exception problem) when (problem is OutputDamagedException or IOException or UnauthorizedAccessException)
        {
            return false;
        }

        _output.Finish();
        if (_output.Fault is { } fault) throw fault;
        return !_output.IsOver;
    }

    /// <summary>
    /// What the tool left besides its output may be gone since: the check says whether the task is still done.
    /// </summary>
    private async ValueTask<bool> IsVerifiedAsync(AttemptWork work)
    {
        if (work.Verify is not { } check) return true;
        var verified = await RunToolAsync(check, new DiscardedOutput(watch), runner.FindCheck(check.Name));
        if (verified.End != AttemptEnd.Succeeded) await LeaveThread();
        return verified.End == AttemptEnd.Succeeded;
    }

    private async ValueTask<ToolOutcome> ChainAsync(AttemptWork work)
    {
        var hopeless = true;
        for (var i = 0; ; i++)
        {
            // Each tool writes to a place of its own: what one left before it fell is not the next one's output.
            _output?.Dispose();
            _output = AttemptOutput.Open(runner.Outputs, order, work, watch);
            _tool = work.Chain[i].Name;
            var outcome = await RunToolAsync(work.Chain[i], _output, runner.FindTool(work.Chain[i].Name));
            _output.Finish();
            if (_output.Fault is { } fault) throw fault;
            if (_output.IsOver) return AttemptErrors.OverOutput(work.Limits);
            var falls = outcome.End is AttemptEnd.Failed or AttemptEnd.Hopeless;
            if (!falls || stop.Reason is not null) return outcome;
            hopeless &= outcome.End == AttemptEnd.Hopeless;
            if (i + 1 == work.Chain.Count)
            {
                return outcome with
                {
                    End = hopeless ? AttemptEnd.Hopeless : AttemptEnd.Failed,
                    Error = _falls is null ? outcome.Error : $"{outcome.Error}\nbefore it, {string.Join("; ", _falls)}",
                };
            }

            (_falls ??= []).Add($"{_tool} fell: {outcome.Error}");
            watch.Progress(1);
            await LeaveThread();
        }
    }

    /// <summary>The end of a tool may come on a thread that others wait for; another tool is not begun on it.</summary>
    private static ConfiguredTaskAwaitable LeaveThread() =>
        Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    private async ValueTask<ToolOutcome> RunToolAsync(BoundTool bound, IOutputWriter output, ITool? tool)
    {
        if (tool is null) return NotFound(bound);
        ToolOutcome outcome;
        var called = runner.Time.GetTimestamp();
        try
        {
            outcome = await tool.RunAsync(Run(_work!, bound, output), stop.Gentle);
        }
        catch (Exception problem) when (problem is not StoreUnusableException)
        {
            outcome = AttemptErrors.Of(problem);
        }

        _cost.Add(outcome, runner.Time, called);
        return AttemptErrors.Masked(outcome, _work!.Masker);
    }

    private ToolRun Run(AttemptWork work, BoundTool bound, IOutputWriter output) => new()
    {
        Tool = bound,
        Work = work,
        Output = output,
        Force = stop.Force,
        Waits = waits,
        Watch = watch,
    };

    private static ToolOutcome NotFound(BoundTool bound) => new(
        AttemptEnd.Hopeless, $"tool not found: {bound.Name} is not part of this installation");

    private AttemptResult Conclude(ToolOutcome outcome)
    {
        var end = outcome.End;
        var error = outcome.Error;
        if (stop.Reason is { } reason && end != AttemptEnd.Succeeded)
            (end, error) = AttemptErrors.Stopped(reason, _work?.Limits);
        var bytes = _output?.Length ?? 0;
        var kept = OutputRef.None;
        // What runs again begins anew; what was cancelled does not, and is kept as far as it came.
        var runsAgain = end == AttemptEnd.Unasked || end == AttemptEnd.Stopped && stop.Reason != StopReason.Cancelled;
        if (_output is not null && !runsAgain && !stop.IsGivenUp)
        {
            kept = _output.Complete();
            if (_output.Fault is { } fault)
            {
                runner.TellUnusable(fault);
                (end, error) = (AttemptEnd.Stopped, fault.Message);
            }
        }

        var figures = _cost.Figures(runner.Time, ordered, _began == NotBegun ? _ended : _began, _ended, bytes);
        if (_reused is { } reused) figures = figures with { Reused = reused.Job, Tool = reused.Tool };
        else if (_falls is not null || figures.Note is not null)
            figures = figures with { Tool = Masked(Fallback()), Note = Masked(figures.Note) };
        return new AttemptResult(order, end)
        {
            Error = end == AttemptEnd.Succeeded ? null : Masked(error),
            Output = kept,
            Figures = figures,
        };
    }

    /// <summary>What must not be told; null before it is known.</summary>
    public SecretMasker? Masker => Volatile.Read(ref _work)?.Masker;

    private string? Masked(string? text) => text is null || _work is null ? text : _work.Masker.Apply(text);

    private string? Fallback() => _falls is null ? null : $"{_tool} ({string.Join("; ", _falls)})";
}
