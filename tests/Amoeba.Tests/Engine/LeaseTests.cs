using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

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

        Assert.Equal((default, default, default), Told());
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

        Assert.Equal((default, default, default), Told());
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

    [Fact]
    public void The_least_is_what_the_smallest_task_takes_until_one_is_overdue()
    {
        using var rig = new EngineRig(lease: default(Lease));
        rig.Submit(
            EngineRig.Job("large", 1, EngineRig.Stage("a", 0, 1) with { Memory = 500, Priority = Priority.High }));
        rig.Submit(EngineRig.Job("small", 1, EngineRig.Stage("a", 0, 1) with { Memory = 20, Program = true }));
        Assert.Equal(new Lease(1, 0, 1, 20), rig.Core.TellWant().Least);
        rig.After(TimeSpan.FromMinutes(2));
        Assert.Equal(new Lease(1, 0, 1, 500), rig.Core.TellWant().Least);
    }

    [Fact]
    public void Of_a_job_only_its_first_task_is_insisted_on()
    {
        using var rig = new EngineRig(lease: default(Lease));
        rig.Submit(EngineRig.Job("j", 2,
            EngineRig.Stage("a", 0, 1) with { Memory = 500, Priority = Priority.High },
            EngineRig.Stage("b", 1, 1) with { Memory = 20, Program = true }));
        Assert.Equal(new Lease(1, 0, 0, 500), rig.Core.TellWant().Least);
    }

    [Fact]
    public void What_can_never_start_under_these_caps_insists_on_nothing()
    {
        using var rig = new EngineRig(lease: default(Lease));
        rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1) with { Memory = 3L << 30 }));
        Assert.Equal(default, rig.Core.TellWant().Least);
    }

    [Fact]
    public void A_parent_at_its_width_waits_for_nothing()
    {
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 9)));
        var want = _rig.Core.TellWant();
        Assert.Equal((default, 2L), (want.Least, want.Started));
    }

    /// <summary>What the store was told, by the effect that the engine let out for it.</summary>
    private (Lease Wanted, Lease InUse, Lease Least) Told()
    {
        Assert.NotEmpty(_rig.Released.OfType<LeaseWanted>());
        var told = _rig.Core.TellWant();
        return (told.Wanted, told.InUse, told.Least);
    }
}
