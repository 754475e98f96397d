using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Tests.Engine;

/// <summary>Heavy children have a cap of their own, and start no faster than their kind may.</summary>
public sealed class HeavyTests : IDisposable
{
    private readonly EngineRig _rig = new(lease: new Lease(2, 3, 16, 1L << 30));

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void They_count_against_their_own_cap_and_light_ones_against_theirs()
    {
        _rig.Submit(Heavy("h", 8));
        _rig.Submit(EngineRig.Job("l", 8, EngineRig.Stage("a", 0, 8)));
        for (var i = 0; i < 20; i++) _rig.After(TimeSpan.FromSeconds(0.1));

        Assert.Equal(3, _rig.Running.Count(order => order.Job == "h"));
        Assert.Equal(2, _rig.Running.Count(order => order.Job == "l"));
        Assert.Equal((2, 3), (_rig.Core.InUse.Light, _rig.Core.InUse.Heavy));
    }

    [Fact]
    public void They_start_one_after_the_other()
    {
        _rig.Submit(Heavy("h", 3));
        Assert.Single(_rig.Running);
        _rig.After(TimeSpan.FromSeconds(0.05));
        Assert.Single(_rig.Running);
        _rig.After(TimeSpan.FromSeconds(0.05));
        Assert.Equal(2, _rig.Running.Count);
        Assert.True(_rig.Core.NextDue() < long.MaxValue);
    }

    [Fact]
    public void Containers_have_a_pace_of_their_own()
    {
        _rig.Submit(Heavy("d", 2, CellKind.Docker));
        _rig.Submit(Heavy("h", 1));
        Assert.Equal(["d", "h"], _rig.Running.Select(order => order.Job).Order());
        _rig.After(TimeSpan.FromSeconds(11.9));
        Assert.Equal(2, _rig.Running.Count);
        _rig.After(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2, _rig.Running.Count(order => order.Job == "d"));
    }

    [Fact]
    public void What_they_held_comes_free_when_they_are_gone()
    {
        _rig.Submit(Heavy("h", 1));
        _rig.End(0);
        Assert.Equal(default, _rig.Core.InUse);
        Assert.Contains(_rig.Released, effect => effect is SpawnChild { Cell: CellKind.Process });
    }

    private static JobStart Heavy(string id, int items, CellKind cell = CellKind.Process)
    {
        var start = EngineRig.Job(id, items, EngineRig.Stage("a", 0, items));
        return start with { Decision = start.Decision with { Cell = cell } };
    }
}
