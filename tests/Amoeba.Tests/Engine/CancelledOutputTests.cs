using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Engine;

/// <summary>What attempts of a cancelled job say when they end.</summary>
public sealed class CancelledOutputTests : IDisposable
{
    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void What_they_wrote_and_what_they_took_is_kept()
    {
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 2)));
        Assert.Null(_rig.Ask("j", "cancel"));
        Assert.NotNull(_rig.Store.FindJob("j")!.Owner);
        _rig.End(0, AttemptEnd.Stopped, "half");
        _rig.End(1, AttemptEnd.Stopped, "");

        var row = _rig.Store.FindTask("j", 0)!;
        Assert.Equal((TaskState.Cancelled, OutputPlace.Inline, 4), (row.State, row.Output.Place, row.Output.Length));
        Assert.Equal(1, row.Figures!.Execution);
        var status = _rig.Status("j");
        Assert.Equal((JobState.Cancelled, 2, 2), (status.State, status.Counts.Cancelled, status.Used.Attempts));
        Assert.Equal(2, status.TaskSeconds);
        Assert.True(_rig.Core.IsEmpty);
    }
}
