using System.Diagnostics.CodeAnalysis;
using Amoeba.Cells;
using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Worker;

/// <summary>One task on its way.</summary>
[SuppressMessage("Design", "CA1001", Justification =
    "What is said of a task crosses with its end; without timers the sources have nothing to give back.")]
internal sealed class WorkerCall(WorkerHost host, InheritedChannel channel, int number, BoundTool tool, AttemptWork work)
    : IThreadPoolWorkItem, IAttemptWaits
{
    private readonly CancellationTokenSource _gentle = new();
    private readonly CancellationTokenSource _force = new();

    public int Number => number;

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

    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        ToolOutcome outcome;
        try
        {
            var run = new ToolRun { Tool = tool, Work = work, Output = Output, Force = _force.Token, Waits = this };
            outcome = await host.Tools.Of(tool).RunAsync(run, _gentle.Token);
        }
        catch (Exception problem)
        {
            outcome = AttemptErrors.Of(problem);
        }

        host.Ended(this, outcome);
    }
}
