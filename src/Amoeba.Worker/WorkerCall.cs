using System.Diagnostics.CodeAnalysis;
using Amoeba.Cells;
using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Worker;

/// <summary>One task on its way.</summary>
[SuppressMessage("Design", "CA1001", Justification =
    "What is said of a task crosses with its end; without timers the sources have nothing to give back.")]
internal sealed class WorkerCall(
    WorkerHost host, InheritedChannel channel, int number, BoundTool tool, AttemptWork work)
    : IThreadPoolWorkItem, IAttemptWaits, IAttemptWatch
{
    private readonly CancellationTokenSource _gentle = new();
    private readonly CancellationTokenSource _force = new();

    /// <summary>Between two words of progress: so many fit into the time without it that ends the task.</summary>
    private const int WordsAStall = 16;

    private readonly long _pause = PauseOf(work.Limits.Stall);
    private long _progress;
    private long _toldAt;

    public int Number => number;

    /// <summary>What it got done besides output.</summary>
    public long Done => Interlocked.Read(ref _progress);

    public CreditedOutput Output { get; } = new(channel, number);

    public void Stop() => _ = _gentle.CancelAsync();

    public void Force()
    {
        // Otherwise a program whose output nobody takes is killed, and its end cannot be seen.
        Output.Refuse();
        Stop();
        _ = _force.CancelAsync();
    }

    public void WaitsFor(string what, DateTimeOffset? until) =>
        channel.Write(new WireWriter(FrameKind.Waits).Add(number).Add(what).Add(until?.UtcTicks).Frame().Span);

    public void GoesOn() =>
        channel.Write(new WireWriter(FrameKind.Waits).Add(number).Add((string?)null).Add((long?)null).Frame().Span);

    /// <summary>
    /// A limit may be shorter than the time between two beats: then it is told at once, but not each time.
    /// </summary>
    public void Progress(long amount)
    {
        var total = Interlocked.Add(ref _progress, amount);
        if (_pause == 0) return;
        var (now, told) = (TimeProvider.System.GetTimestamp(), Interlocked.Read(ref _toldAt));
        if (now - told < _pause || Interlocked.CompareExchange(ref _toldAt, now, told) != told) return;
        channel.Write(new WireWriter(FrameKind.Beat).Add(total).Frame().Span);
    }

    public void Warn(string what) =>
        channel.Write(new WireWriter(FrameKind.Warn).Add(number).Add(what).Frame().Span);

    public void Execute() => _ = RunAsync();

    private static long PauseOf(TimeSpan? stall) =>
        (long)((stall ?? TimeSpan.Zero).TotalSeconds / WordsAStall * TimeProvider.System.TimestampFrequency);

    private async Task RunAsync()
    {
        ToolOutcome outcome;
        var care = await host.Care;
        using var watch = care is null ? null : new ContainerWatch(care, Force);
        try
        {
            var run =
                new ToolRun
                {
                    Tool = tool,
                    Work = care?.Room?.AtHome(work) ?? work,
                    Output = Output,
                    Force = _force.Token,
                    Waits = this,
                    Watch = this
                };
            outcome = await host.Tools.Of(tool).RunAsync(run, _gentle.Token);
        }
        catch (Exception problem)
        {
            outcome = AttemptErrors.Of(problem);
        }

        if (watch is not null) outcome = watch.Explain(outcome, work);
        if (care?.Room is { } room && await room.ClearAsync() is { } left)
            channel.Write(new WireWriter(FrameKind.Spent).Add(number).Add(left).Frame().Span);
        host.Ended(this, outcome);
    }
}
