using Amoeba.Cells;
using Amoeba.Cells.Wire;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Workers;

public sealed class WorkerLinkTests
{
    [Fact(Timeout = 30_000)]
    public async Task A_call_into_a_worker_that_is_lost_ends_at_once()
    {
        var channel = Channel.TryMake(out var theirs)!;
        var link = new WorkerLink(channel, _ => { }, _ => { }, _ => { }, () => { });
        link.Lose();
        Channel.CloseTheirs(theirs);
        Assert.Equal(AttemptEnd.Stopped, (await link.CallAsync(Run(null!), Cancel)).End);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(false, Protocol.MostWarnings)]
    [InlineData(true, Protocol.MostWaits)]
    public async Task One_that_floods_its_parent_with_what_has_no_credit_is_at_fault(bool waits, int most)
    {
        var channel = Channel.TryMake(out var theirs)!;
        List<string> faults = [];
        var link = new WorkerLink(channel, _ => { }, _ => { }, faults.Add, () => { });
        var watch = new Watch();
        var call = link.CallAsync(Run(watch), Cancel);
        link.OnBytes(new Hello(Protocol.Version, ["sh"]).Frame().Span);
        var frame = waits
            ? new WireWriter(FrameKind.Waits).Add(1).Add("a turn").Add((long?)null).Frame()
            : new WireWriter(FrameKind.Warn).Add(1).Add("memory: it is near").Frame();
        for (var i = 0; i < most; i++) Assert.True(link.OnBytes(frame.Span));
        Assert.Empty(faults);

        Assert.False(link.OnBytes(frame.Span));
        Assert.Equal($"it said what no worker says: it warned or waited more than {most} times in one task",
            Assert.Single(faults));
        Assert.Equal(most, watch.Said);
        link.Lose();
        Channel.CloseTheirs(theirs);
        Assert.Equal(AttemptEnd.Stopped, (await call).End);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_it_says_beside_its_output_is_short()
    {
        var channel = Channel.TryMake(out var theirs)!;
        List<string> faults = [];
        var link = new WorkerLink(channel, _ => { }, _ => { }, faults.Add, () => { });
        var call = link.CallAsync(Run(new Watch()), Cancel);
        link.OnBytes(new Hello(Protocol.Version, ["sh"]).Frame().Span);
        var words = new string('x', Protocol.LongestText + 1);
        Assert.False(link.OnBytes(new WireWriter(FrameKind.Warn).Add(1).Add(words).Frame().Span));
        Assert.Equal("it said what no worker says: what it warned of is too long", Assert.Single(faults));
        link.Lose();
        Channel.CloseTheirs(theirs);
        Assert.Equal(AttemptEnd.Stopped, (await call).End);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ToolRun Run(Watch watch)
    {
        var work = new WorkBinder(new BoundSh("true")).Bind(new AttemptOrder("job", 0, 1, 1, "c"));
        return new ToolRun
        {
            Tool = work.Chain[0],
            Work = work,
            Output = new DiscardedOutput(watch),
            Watch = watch,
            Waits = watch,
        };
    }

    private sealed class Watch : IAttemptWatch, IAttemptWaits
    {
        public int Said { get; private set; }

        public void Progress(long amount)
        {
        }

        public void Warn(string what) => Said++;

        public void WaitsFor(string what, DateTimeOffset? until) => Said++;

        public void GoesOn() => Said++;
    }
}
