using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
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

    /// <summary>
    /// A turn is asked for when there is memory, and memory set apart for who says how much it lacks.
    /// </summary>
    [Fact]
    public void What_lacks_memory_says_so_before_it_has_a_turn()
    {
        using var rig = new EngineRig(lease: new Lease(2, 3, 16, 10 << 20));
        var job = EngineRig.Job("h", 2, EngineRig.Stage("a", 0, 2) with { Memory = 20 << 20 });
        rig.Submit(job with { Decision = job.Decision with { Cell = CellKind.Process } });
        Assert.Empty(rig.Running);
        var least = rig.Core.TellWant().Least;
        Assert.Equal((1, 20L << 20), (least.Heavy, least.Memory));
        rig.Tell(new LeaseChanged(least with { Programs = 16 }));
        rig.After(TimeSpan.FromSeconds(0.1));
        Assert.Single(rig.Running);
    }

    [Fact]
    public void Containers_start_a_few_at_once_and_at_a_pace_of_their_own()
    {
        using var rig = new EngineRig(lease: new Lease(2, 10, 16, 1L << 30));
        rig.Submit(Heavy("d", 7, CellKind.Docker));
        rig.Submit(Heavy("h", 1));
        Assert.Equal("ddddd" + "h", string.Concat(rig.Running.Select(order => order.Job).Order()));
        rig.After(TimeSpan.FromSeconds(59.9));
        Assert.Equal(6, rig.Running.Count);
        rig.After(TimeSpan.FromSeconds(0.1));
        Assert.Equal(7, rig.Running.Count(order => order.Job == "d"));
    }

    [Fact]
    public void Several_are_given_their_turns_at_once_and_those_that_are_there_need_none()
    {
        _rig.Submit(Heavy("h", 30, children: 3));
        for (var i = 0; i < 10; i++) _rig.After(TimeSpan.FromSeconds(0.1));
        Assert.Equal(3, _rig.Running.Count);
        for (var task = 0; task < 27; task++) _rig.End(task);
        Assert.Equal(3, _rig.Running.Count);
        Assert.Equal(3, Assert.Single(_rig.Released.OfType<TurnsWanted>()).Wanted);
    }

    /// <summary>
    /// Nothing of a detached child is there before its attempt, whose worker is started as any child is.
    /// </summary>
    [Fact]
    public void Each_attempt_of_a_detached_cell_is_a_start_of_its_own()
    {
        _rig.Submit(Heavy("d", 30, CellKind.Detached, children: 3));
        var starts = 0;
        for (var tenth = 1; tenth <= 10; tenth++)
        {
            while (_rig.Running.Count > 0)
            {
                starts++;
                _rig.End(_rig.Running[0].Ordinal);
            }

            Assert.InRange(starts, 1, tenth);
            _rig.After(TimeSpan.FromSeconds(0.1));
        }

        Assert.Equal(10, starts);
        Assert.Equal(11, _rig.Released.OfType<StartAttempt>().Select(start => start.Order.Child).Distinct().Count());
    }

    /// <summary>A child that was started for it still has its own attempt to come.</summary>
    [Fact]
    public void What_is_reused_takes_no_start_of_a_detached_cell()
    {
        _rig.Submit(Heavy("d", 30, CellKind.Detached, children: 1));
        for (var task = 0; task < 20; task++)
        {
            var order = Assert.Single(_rig.Running);
            _rig.Running.Remove(order);
            _rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Succeeded)
            {
                Output = OutputRef.Of("out"u8.ToArray()),
                Figures = new AttemptFigures { Reused = "earlier" },
            }));
        }

        Assert.Single(_rig.Released.OfType<StartAttempt>().Select(start => start.Order.Child).Distinct());
    }

    [Fact]
    public void No_turn_is_asked_for_while_the_cap_leaves_no_room()
    {
        _rig.Submit(Heavy("h", 8, children: 3));
        for (var i = 0; i < 10; i++) _rig.After(TimeSpan.FromSeconds(0.1));
        var asked = _rig.Released.OfType<TurnsWanted>().Count();
        _rig.Submit(Heavy("g", 8));
        for (var i = 0; i < 10; i++) _rig.After(TimeSpan.FromSeconds(0.1));
        Assert.Equal(asked, _rig.Released.OfType<TurnsWanted>().Count());
    }

    [Fact]
    public void Light_children_need_no_turn()
    {
        _rig.Submit(EngineRig.Job("l", 2, EngineRig.Stage("a", 0, 8)));
        Assert.Equal(2, _rig.Running.Count);
        Assert.DoesNotContain(_rig.Released, effect => effect is TurnsWanted);
    }

    [Fact]
    public void A_turn_that_was_not_used_in_time_is_not_used_at_all()
    {
        var given = new SpawnTurns();
        given.Ask();
        given.Give(1000, [TimeSpan.Zero, TimeSpan.FromSeconds(0.1)]);
        Assert.True(given.MayStart(1000));
        Assert.Equal(long.MaxValue, given.NextAfter(1000));
        given.Use();
        Assert.Equal(1000 + TimeSpan.FromSeconds(0.1).Ticks, given.NextAfter(1000));
        Assert.False(given.MayStart(1000) || given.HasToAsk(1000));
        Assert.False(given.MayStart(1001 + TimeSpan.FromSeconds(0.6).Ticks));
        Assert.True(given.HasToAsk(1001 + TimeSpan.FromSeconds(0.6).Ticks));
    }

    [Fact]
    public void Who_finds_the_line_too_long_asks_again_a_second_later()
    {
        var given = new SpawnTurns();
        given.Ask();
        Assert.False(given.HasToAsk(7));
        given.Give(7, []);
        Assert.False(given.HasToAsk(8));
        Assert.Equal(7 + TimeSpan.FromSeconds(1).Ticks, given.NextAfter(8));
        Assert.True(given.HasToAsk(given.NextAfter(8)));
    }

    [Fact]
    public void What_they_held_comes_free_when_they_are_gone()
    {
        _rig.Submit(Heavy("h", 1));
        _rig.End(0);
        Assert.Equal(default, _rig.Core.InUse);
        Assert.Contains(_rig.Released, effect => effect is SpawnChild { Cell: CellKind.Process });
    }

    private static JobStart Heavy(string id, int items, CellKind cell = CellKind.Process, int? children = null)
    {
        var start = EngineRig.Job(id, children ?? items, EngineRig.Stage("a", 0, items));
        return start with { Decision = start.Decision with { Cell = cell } };
    }
}
