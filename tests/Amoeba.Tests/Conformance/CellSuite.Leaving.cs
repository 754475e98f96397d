using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Conformance;

public abstract partial class CellSuite
{
    /// <summary>Whether what its children do goes on without their parent.</summary>
    private protected virtual bool Outlives => false;

    [Fact(Timeout = 120_000)]
    public async Task What_its_parent_leaves_is_taken_up_under_its_number_or_has_gone_with_all_it_ran()
    {
        var started = _rig.Signal("started");
        var job = _rig.Sh("echo first; echo $$ > started; until [ -e go ]; do sleep 0.02; done; echo last");
        var child = await _rig.ChildAsync(job);
        var order = _rig.Order(job);
        child.Start(order);
        var pid = await started.PidAsync();
        child.Leave();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.Equal(Outlives, IsAlive(pid));
        Assert.Null(_rig.Events.Unheard());
        if (!Outlives) return;

        var next = await _rig.ChildAsync(job);
        next.Start(order with { TakesUp = true });
        await File.WriteAllTextAsync(Path.Combine(_rig.Folder, "go"), "", TestContext.Current.CancellationToken);
        var result = await _rig.Events.EndAsync();
        Assert.Equal((order with { TakesUp = true }, AttemptEnd.Succeeded, "first\nlast\n"),
            (result.Order, result.End, CellRig.Text(result)));
        next.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.Null(_rig.Events.Unheard());
    }
}
