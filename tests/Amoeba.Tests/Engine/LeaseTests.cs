using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Engine;

/// <summary>What a parent holds of the caps that all parents share.</summary>
public sealed class LeaseTests : IDisposable
{
    private static readonly Lease OneProgram = new(0, 0, 1, 0);

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

    /// <summary>
    /// The least was that of the first of them, and with it the first waited for the second, which had too little: the
    /// parent held its grant for ever, and others starved (disaster 14908).
    /// </summary>
    [Fact]
    public void Of_two_that_are_overdue_alike_the_least_is_enough_to_start_one()
    {
        using var rig = new EngineRig(lease: default(Lease));
        var stage = EngineRig.Stage("a", 0, 1) with { Priority = Priority.Critical };
        rig.Tell(
            new JobSubmitted(EngineRig.Job("small", 1, stage with { Memory = 20 })),
            new JobSubmitted(EngineRig.Job("large", 1, stage with { Memory = 63 })));
        rig.After(TimeSpan.FromSeconds(1));
        var least = rig.Core.TellWant().Least;
        Assert.Equal(63, least.Memory);
        rig.Tell(new LeaseChanged(least));
        Assert.Single(rig.Running);
    }

    [Fact]
    public void One_that_waits_for_an_overdue_one_does_not_hide_one_that_was_due_before()
    {
        using var rig = new EngineRig(lease: new Lease(8, 0, 8, 30));
        (string Id, int Items, long Memory)[] jobs = [("first", 2, 30), ("large", 1, 90), ("late", 1, 30)];
        foreach (var (id, items, memory) in jobs)
        {
            rig.Submit(EngineRig.Job(
                id, 2, EngineRig.Stage("a", 0, items) with { Memory = memory, Priority = Priority.Critical }));
            rig.After(TimeSpan.FromSeconds(1));
        }

        Assert.Single(rig.Running);
        rig.Tell(new LeaseChanged(new Lease(8, 0, 8, 70)));
        Assert.Equal(["first", "first"], rig.Running.Select(order => order.Job));
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
    public void What_can_never_start_under_these_caps_keeps_nothing_that_can_out()
    {
        _rig.Submit(EngineRig.Job("huge", 1,
            EngineRig.Stage("a", 0, 1) with { Memory = 3L << 30, Priority = Priority.Critical }));
        _rig.After(TimeSpan.FromMinutes(1));
        _rig.Submit(EngineRig.Job("small", 1, EngineRig.Stage("a", 0, 1) with { Memory = 20 }));
        Assert.Equal(["small"], _rig.Running.Select(order => order.Job));
    }

    [Fact]
    public void What_its_own_budget_keeps_back_insists_on_nothing()
    {
        _rig.Submit(EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 9) with { Memory = 20 }) with
        {
            Budget = BudgetSpec.None with { Memory = 30 },
        });
        Assert.Single(_rig.Running);
        Assert.Equal(default, _rig.Core.TellWant().Least);
        _rig.End(0);
        Assert.Single(_rig.Running);
    }

    [Fact]
    public void What_waits_for_memory_of_the_machine_insists_on_nothing_while_something_runs()
    {
        _rig.Submit(EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 9) with { Memory = 20 }));
        _rig.Tell(new MachineSeen(0, 1));
        _rig.End(0);
        Assert.Equal(3, _rig.Running.Count);
        Assert.Equal(default, _rig.Core.TellWant().Least);
        _rig.Tell(new MachineSeen(long.MaxValue, 1));
        Assert.Equal(4, _rig.Running.Count);
    }

    [Fact]
    public void A_parent_that_stops_wants_nothing_more()
    {
        _rig.Submit(EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 9)));
        _rig.Tell(new StopRequested(TimeSpan.FromMinutes(10)));
        _rig.End(0);
        var (wanted, inUse, least) = Told();
        Assert.Equal((default, 3, default), (wanted, inUse.Light, least));
    }

    [Fact]
    public void A_parent_at_its_width_waits_for_nothing()
    {
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 9)));
        var want = _rig.Core.TellWant();
        Assert.Equal((default, 2L), (want.Least, want.Started));
    }

    [Fact]
    public void What_waits_for_a_program_insists_on_that_alone_and_on_the_rest_as_soon_as_it_has_it()
    {
        using var rig = new EngineRig(lease: default(Lease));
        rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1) with { Memory = 20, Program = true }));
        Assert.Equal(new Lease(1, 0, 1, 20), rig.Core.TellWant().Least);
        rig.Tell(new LeaseChanged(default));
        var want = rig.Core.TellWant();
        Assert.Equal((OneProgram, OneProgram), (want.Wanted, want.Least));
        var told = rig.Released.OfType<LeaseWanted>().Count();
        rig.Tell(new LeaseChanged(OneProgram));
        Assert.Equal(told + 1, rig.Released.OfType<LeaseWanted>().Count());
        var least = rig.Core.TellWant().Least;
        Assert.Equal(new Lease(1, 0, 1, 20), least);
        rig.Tell(new LeaseChanged(least));
        Assert.Equal(told + 1, rig.Released.OfType<LeaseWanted>().Count());
        Assert.Single(rig.Running);
    }

    [Fact]
    public void What_needs_no_program_says_what_it_takes_while_another_waits_for_one()
    {
        using var rig = new EngineRig(lease: default(Lease));
        rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1) with { Memory = 20, Program = true }));
        rig.Submit(EngineRig.Job("k", 1, EngineRig.Stage("a", 0, 1) with { Memory = 70 }));
        rig.Core.TellWant();
        rig.Tell(new LeaseChanged(default));
        var want = rig.Core.TellWant();
        Assert.Equal((new Lease(1, 0, 1, 70), new Lease(1, 0, 1, 70)), (want.Wanted, want.Least));
    }

    /// <summary>
    /// The second in line waits for the program that the first runs, and kept the memory for it from the third.
    /// </summary>
    [Fact]
    public void While_a_front_parents_program_runs_a_third_one_goes_on_and_the_second_is_next()
    {
        var caps = new Lease(8, 0, 1, 100);
        using var first = new EngineRig("p1", lease: default(Lease));
        using var second = new EngineRig("p2", first.Store, default(Lease));
        using var third = new EngineRig("p3", first.Store, default(Lease));
        first.Submit(EngineRig.Job("first", 1, EngineRig.Stage("a", 0, 1) with { Memory = 40, Program = true }));
        Ask(first);
        second.Submit(EngineRig.Job("second", 1, EngineRig.Stage("a", 0, 1) with { Memory = 50, Program = true }));
        Ask(second, second);
        third.Submit(EngineRig.Job("third", 1, EngineRig.Stage("a", 0, 9) with { Memory = 50 }));
        Ask(third);
        Assert.Equal((1, 0, 1), (first.Running.Count, second.Running.Count, third.Running.Count));
        third.End(0);
        Ask(second, third);
        Assert.Equal(1, Assert.Single(third.Running).Ordinal);

        first.End(0);
        Ask(first, second, third);
        Assert.Single(second.Running);
        Assert.Equal(1, Assert.Single(third.Running).Ordinal);

        void Ask(params EngineRig[] rigs)
        {
            foreach (var rig in rigs)
            {
                int asked;
                do
                {
                    asked = rig.Released.OfType<LeaseWanted>().Count();
                    var want = rig.Core.TellWant();
                    rig.Tell(new LeaseChanged(first.Store.UpdateLease(rig.Parent, want, caps, rig.Now.Wall)));
                }
                while (rig.Released.OfType<LeaseWanted>().Count() > asked);
            }
        }
    }

    /// <summary>What the store was told, by the effect that the engine let out for it.</summary>
    private (Lease Wanted, Lease InUse, Lease Least) Told()
    {
        Assert.NotEmpty(_rig.Released.OfType<LeaseWanted>());
        var told = _rig.Core.TellWant();
        return (told.Wanted, told.InUse, told.Least);
    }
}
