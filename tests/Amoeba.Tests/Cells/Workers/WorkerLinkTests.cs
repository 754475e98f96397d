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
        var work = new WorkBinder(new BoundSh("true")).Bind(new AttemptOrder("job", 0, 1, 1, "c"));
        var run = new ToolRun { Tool = work.Chain[0], Work = work, Output = null!, Watch = null!, Waits = null! };
        Assert.Equal(AttemptEnd.Stopped, (await link.CallAsync(run, TestContext.Current.CancellationToken)).End);
    }
}
