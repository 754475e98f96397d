using Amoeba.Engine;
using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Engine;

/// <summary>What a parent holds of the caps that all parents share.</summary>
public sealed class LeaseTests : IDisposable
{
    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_parent_whose_jobs_ended_says_that_it_uses_nothing()
    {
        _rig.Submit(EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 4)));
        for (var ordinal = 0; ordinal < 4; ordinal++)
        {
            _rig.End(ordinal);
        }

        var last = _rig.Released.OfType<LeaseWanted>().Last().Want;
        Assert.Equal(new LeaseWant(default, default), last);
    }

    [Fact]
    public void A_paused_job_wants_nothing_of_the_caps_and_keeps_no_idle_child()
    {
        _rig.Submit(EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 9)));
        _rig.Ask("j", "pause");
        for (var ordinal = 0; ordinal < 4; ordinal++)
        {
            _rig.End(ordinal);
        }

        Assert.Equal(new LeaseWant(default, default), _rig.Released.OfType<LeaseWanted>().Last().Want);
        Assert.Empty(_rig.Core.Children);
        Assert.Null(_rig.Ask("j", "resume"));
        Assert.Equal(4, _rig.Running.Count);
    }

    [Fact]
    public void Children_over_a_shrunken_lease_go_as_soon_as_they_are_free()
    {
        _rig.Submit(EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 20)));
        Assert.Equal(4, _rig.Running.Count);
        _rig.Tell(new LeaseChanged(EngineRig.Plenty with { Light = 2 }));
        _rig.End(0);
        _rig.End(1);
        Assert.Equal(2, _rig.Running.Count);
        Assert.Equal(2, _rig.Core.Children.Count);
        _rig.End(2);
        Assert.Equal(2, _rig.Running.Count);
    }
}
