using Amoeba.Engine;
using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Engine;

/// <summary>What was told to end has the grace that it was given, whatever its parent does meanwhile.</summary>
public sealed class GraceTests : IDisposable
{
    private static readonly TimeSpan Grace = new EngineOptions { Parent = "p" }.KillGrace;

    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private IEnumerable<(StopReason, TimeSpan)> Stops =>
        _rig.Released.OfType<StopAttempt>().Select(stop => (stop.Reason, stop.Grace));

    [Fact]
    public void Attempts_of_a_cancelled_job_keep_it_when_their_parent_stops()
    {
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 2)));
        Assert.Null(_rig.Ask("j", "cancel"));
        _rig.Tell(new StopRequested(TimeSpan.Zero));
        Assert.Equal([(StopReason.Cancelled, Grace), (StopReason.Cancelled, Grace)], Stops);
        Assert.False(_rig.Core.IsEmpty);
        _rig.End(0, AttemptEnd.Stopped);
        _rig.End(1, AttemptEnd.Stopped);
        Assert.True(_rig.Core.IsEmpty);
    }

    [Fact]
    public void Who_asks_for_the_end_now_cuts_it()
    {
        _rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1)));
        Assert.Null(_rig.Ask("j", "cancel"));
        _rig.Tell(new StopRequested(TimeSpan.Zero, Now: true));
        Assert.Equal([(StopReason.Cancelled, Grace), (StopReason.Interrupted, TimeSpan.Zero)], Stops);
    }

    [Fact]
    public void One_that_nobody_told_before_has_none_when_its_parent_stops_at_once()
    {
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 3)));
        Assert.Null(_rig.Ask("j", "stop_child", _rig.Running[0].Child));
        _rig.Tell(new StopRequested(TimeSpan.Zero));
        Assert.Equal([(StopReason.Replaced, Grace), (StopReason.Interrupted, TimeSpan.Zero)], Stops);
    }

    [Fact]
    public void The_next_attempt_of_a_child_that_ended_one_in_its_grace_was_told_nothing()
    {
        _rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 2)));
        Assert.Null(_rig.Ask("j", "stop_child", _rig.Running[0].Child));
        _rig.End(0);
        _rig.Tell(new StopRequested(TimeSpan.Zero));
        Assert.Equal([(StopReason.Replaced, Grace), (StopReason.Interrupted, TimeSpan.Zero)], Stops);
    }
}
