using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Tests.Engine;

/// <summary>Every transition of a child that is drawn in docs/state-machines.md is one that the engine makes.</summary>
public sealed class ChildMovesTests : IDisposable
{
    private readonly List<EngineRig> _rigs = [];

    public void Dispose() => _rigs.ForEach(rig => rig.Dispose());

    [Fact]
    public void What_is_told_to_end_with_its_job_drains_and_is_destroyed_when_its_attempt_has_ended()
    {
        var rig = Submit(tasks: 2);
        Assert.Null(rig.Ask("j", "cancel"));
        Assert.All(rig.Store.ListChildren(), child => Assert.Equal(ChildState.Draining, child.State));
        Assert.Empty(rig.Released.OfType<DestroyChild>());
        rig.End(0, AttemptEnd.Stopped);
        Assert.Single(rig.Released.OfType<DestroyChild>());
        rig.End(1, AttemptEnd.Stopped);
        Assert.Equal((JobState.Cancelled, true), (rig.Status("j").State, rig.Core.IsEmpty));
    }

    [Fact]
    public void What_still_runs_as_its_parent_stops_drains_and_a_result_of_it_counts()
    {
        var rig = Submit(tasks: 2);
        rig.Tell(new StopRequested(TimeSpan.FromSeconds(5)));
        Assert.All(rig.Core.Children.Values, child => Assert.Equal(ChildState.Draining, child.State));
        Assert.Empty(rig.Released.OfType<StopAttempt>());
        rig.End(0);
        rig.After(TimeSpan.FromSeconds(5));
        Assert.Single(rig.Released.OfType<StopAttempt>());
        rig.End(1, AttemptEnd.Stopped);
        var counts = rig.Status("j").Counts;
        Assert.Equal((1, 1, true), (counts.Succeeded, counts.Waiting, rig.Core.IsEmpty));
    }

    [Fact]
    public void One_whose_time_is_up_goes_on_with_the_next_task()
    {
        var rig = Submit(tasks: 2, children: 1, timeout: TimeSpan.FromSeconds(1));
        var child = Assert.Single(rig.Running).Child;
        rig.After(TimeSpan.FromSeconds(2));
        Assert.Equal(StopReason.Timeout, Assert.Single(rig.Released.OfType<StopAttempt>()).Reason);
        rig.End(0, AttemptEnd.TimedOut);
        Assert.Equal(child, Assert.Single(rig.Running).Child);
    }

    [Fact]
    public void All_that_are_drawn_are_made()
    {
        What_is_told_to_end_with_its_job_drains_and_is_destroyed_when_its_attempt_has_ended();
        One_whose_time_is_up_goes_on_with_the_next_task();
        DieAtWork();
        DieWithNothingToDo();
        GoBeforeTheyAreThere();
        OutliveTheirParent();
        var drawn = from state in Enum.GetValues<ChildState>()
                    from next in Enum.GetValues<ChildState>()
                    where ChildLife.May(state, next)
                    select (state, next);
        Assert.Equal(drawn.Order(), _rigs.SelectMany(rig => rig.Moves).Distinct().Order());
    }

    /// <summary>At an attempt, as it is told to end, and without a word.</summary>
    private void DieAtWork()
    {
        var rig = Submit(tasks: 3, children: 3);
        rig.Tell(new ChildFailed(rig.Running[0].Child, "signal KILL (9)"));
        rig.Tell(new ChildGone(rig.Running[1].Child));
        Assert.Null(rig.Ask("j", "cancel"));
        rig.Tell(new ChildFailed(rig.Running[2].Child, "signal KILL (9)"));
    }

    /// <summary>As they wait for their first attempt, and for another.</summary>
    private void DieWithNothingToDo()
    {
        var rig = Rig();
        rig.KeepsSpawned = true;
        rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 2), EngineRig.Stage("b", 2, 1, 0)));
        var (first, second) = (Spawned(rig, 0), Spawned(rig, 1));
        rig.Tell(new ChildReady(first, null));
        rig.End(0);
        rig.Tell(new ChildReady(second, null));
        rig.Tell(new ChildFailed(second, "signal KILL (9)"));
        var idle = Submit(tasks: 2, needed: true);
        var done = idle.Running[0];
        idle.End(done.Ordinal);
        idle.Tell(new ChildFailed(done.Child, "signal KILL (9)"));
        var paused = Submit(tasks: 2, needed: true);
        paused.End(paused.Running[0].Ordinal);
        Assert.Null(paused.Ask("j", "pause"));
    }

    /// <summary>Never up, no longer wanted by then, or just as they are.</summary>
    private void GoBeforeTheyAreThere()
    {
        var rig = Rig();
        rig.KeepsSpawned = true;
        rig.Submit(EngineRig.Job("j", 3, EngineRig.Stage("a", 0, 3)));
        rig.Tell(new ChildFailed(Spawned(rig, 0), "no hello"));
        Assert.Null(rig.Ask("j", "pause"));
        rig.Tell(new ChildReady(Spawned(rig, 1), null));
        Assert.Null(rig.Ask("j", "cancel"));
    }

    private void OutliveTheirParent()
    {
        var rig = Rig(EngineRig.Plenty with { Heavy = 2 });
        var job = EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1));
        rig.Submit(job with { Decision = job.Decision with { Cell = CellKind.Detached } });
        rig.Tell(new StopRequested(TimeSpan.Zero));
        Assert.Single(rig.Released.OfType<LeaveChild>());
    }

    private EngineRig Submit(int tasks, int children = 2, TimeSpan timeout = default, bool needed = false)
    {
        var rig = Rig();
        var stage = EngineRig.Stage("a", 0, tasks) with { Timeout = timeout };
        rig.Submit(needed
            ? EngineRig.Job("j", children, stage, EngineRig.Stage("b", tasks, 1, 0))
            : EngineRig.Job("j", children, stage));
        return rig;
    }

    private EngineRig Rig(Lease? lease = null)
    {
        var rig = new EngineRig(lease: lease);
        _rigs.Add(rig);
        return rig;
    }

    private static string Spawned(EngineRig rig, int index) =>
        rig.Released.OfType<SpawnChild>().ElementAt(index).Spec.Id;
}
