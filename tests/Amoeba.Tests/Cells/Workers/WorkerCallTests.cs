using Amoeba.Cells.Wire;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Workers;

/// <summary>
/// A worker may be seen to die while what it wrote is just being kept: its attempt then ends from another thread.
/// </summary>
public sealed class WorkerCallTests
{
    private static readonly ToolOutcome Lost = new(AttemptEnd.Stopped);

    [Fact(Timeout = 30_000)]
    public async Task Its_end_waits_for_output_that_is_just_being_kept()
    {
        var ct = TestContext.Current.CancellationToken;
        using var entered = new ManualResetEventSlim();
        WorkerCall call = null!;
        var endedMeanwhile = false;
        call = Call(new Output(() =>
        {
            entered.Set();
            endedMeanwhile = call.Ended.Wait(TimeSpan.FromMilliseconds(300), ct);
        }));
        var taking = Task.Run(() => call.Take("hello"u8), ct);
        entered.Wait(ct);
        await Task.Run(() => call.End(Lost), ct);

        Assert.Equal(Lost, await call.Ended);
        await taking;
        Assert.False(endedMeanwhile);
    }

    [Fact(Timeout = 30_000)]
    public async Task Once_it_has_ended_nothing_of_its_run_is_touched_and_only_the_first_end_counts()
    {
        var kept = false;
        using var output = new Output(() => kept = true);
        var watch = new Watch();
        var call = Call(output, watch);
        call.End(Lost);
        call.End(new ToolOutcome(AttemptEnd.Succeeded));
        // It is closed by now, and the watch may be another attempt's.
        Assert.Equal(default, call.Take(new byte[Protocol.Window]));
        Assert.Equal(default, call.Take("more than it has credit for"u8));
        call.Progress(4711);
        call.Warn("late");
        call.Wait("late", null);
        call.Wait(null, null);

        Assert.Equal(Lost, await call.Ended);
        Assert.False(kept);
        Assert.Empty(watch.Said);
    }

    private static WorkerCall Call(IOutputWriter output, Watch? watch = null)
    {
        var work = new WorkBinder(new Call("run")).Bind(new AttemptOrder("job", 0, 1, 1, "c"));
        watch ??= new Watch();
        return new WorkerCall(
            1, new ToolRun { Tool = work.Chain[0], Work = work, Output = output, Watch = watch, Waits = watch });
    }

    private sealed class Watch : IAttemptWatch, IAttemptWaits
    {
        public List<string> Said { get; } = [];

        public void Progress(long amount) => Said.Add("progress");

        public void Warn(string what) => Said.Add("warn");

        public void WaitsFor(string what, DateTimeOffset? until) => Said.Add("waits");

        public void GoesOn() => Said.Add("goes on");
    }

    private sealed class Output(Action onWrite) : IOutputWriter
    {
        public long Length => 0;

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            onWrite();
            return true;
        }

        public OutputRef Complete() => OutputRef.None;

        public void Dispose()
        {
        }
    }
}
