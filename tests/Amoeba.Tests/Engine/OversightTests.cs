using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Tests.Engine;

/// <summary>
/// A child that comes near a limit is warned, one that passes it is ended, and both can be read afterwards.
/// </summary>
public sealed class OversightTests : IDisposable
{
    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_warning_is_on_its_child_in_the_audit_and_in_the_log()
    {
        _rig.Submit(Job(1));
        var order = _rig.Running[0];
        _rig.Tell(new AttemptWarned(order, "memory: 205 MB of 256 MB are used (limits.memory)"));
        Assert.Equal("memory: 205 MB of 256 MB are used (limits.memory)",
            Assert.Single(_rig.Store.ListChildren()).Warning);
        Assert.Equal(
            [$"warned: a[0] on {order.Child}, attempt 1: memory: 205 MB of 256 MB are used (limits.memory)"], Acts());
        Assert.Equal(Acts(), _rig.Released.OfType<Oversaw>().Select(act => act.Act));
        _rig.End(0);
        Assert.All(_rig.Store.ListChildren(), child => Assert.Null(child.Warning));
    }

    [Fact]
    public void Time_is_warned_of_when_most_of_it_is_up_and_then_its_end_is_told()
    {
        _rig.Submit(Job(1));
        _rig.After(TimeSpan.FromSeconds(79));
        Assert.Empty(Acts());
        _rig.After(TimeSpan.FromSeconds(1));
        var order = _rig.Running[0];
        Assert.Equal(
            [$"warned: a[0] on {order.Child}, attempt 1: time: 80 s of 100 s are up (limits.timeout)"], Acts());
        Assert.Empty(_rig.Released.OfType<StopAttempt>());
        _rig.After(TimeSpan.FromSeconds(20));
        Assert.Single(_rig.Released.OfType<StopAttempt>());
        _rig.End(0, AttemptEnd.TimedOut);
        Assert.Equal($"ended: a[0] on {order.Child}, attempt 1: exit 1", Acts()[^1]);
        Assert.Equal(2, Acts().Count);
    }

    [Fact]
    public void Time_that_it_waits_does_not_count()
    {
        _rig.Submit(Job(1));
        _rig.After(TimeSpan.FromSeconds(70));
        _rig.Tell(new AttemptWaits(_rig.Running[0], "quota m", null, _rig.Uptime));
        _rig.After(TimeSpan.FromHours(1));
        _rig.Tell(new AttemptWaits(_rig.Running[0], null, null, _rig.Uptime));
        _rig.After(TimeSpan.FromSeconds(9));
        Assert.Empty(Acts());
        _rig.After(TimeSpan.FromSeconds(1));
        Assert.Single(Acts());
    }

    [Fact]
    public void A_warning_of_an_attempt_that_is_over_is_not_the_next_ones()
    {
        _rig.Submit(Job(2));
        var first = _rig.Running[0];
        _rig.End(0);
        _rig.Tell(new AttemptWarned(first, "memory: late"));
        Assert.Empty(Acts());
        Assert.All(_rig.Store.ListChildren(), child => Assert.Null(child.Warning));
    }

    [Fact]
    public void That_a_parent_ended_a_child_which_showed_no_life_is_an_act_and_that_one_died_is_none()
    {
        _rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1) with { Retries = 5 }));
        var lost = Assert.Single(_rig.Running);
        Lose(lost, new ChildLoss("heartbeat lost: it said nothing for 15 s\nnor later") { IsByParent = true });
        string[] acts = [$"ended: a on {lost.Child}, attempt 1: heartbeat lost: it said nothing for 15 s"];
        Assert.Equal(acts, Acts());
        Assert.Equal(acts, _rig.Released.OfType<Oversaw>().Select(act => act.Act));
        Lose(Assert.Single(_rig.Running), new ChildLoss("signal KILL (9)"));
        Assert.Equal(acts, Acts());
    }

    [Fact]
    public void So_is_the_end_of_a_child_that_had_no_task()
    {
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 2), EngineRig.Stage("b", 2, 1, 0)));
        var (ended, other) = (_rig.Running[0], _rig.Running[1]);
        _rig.End(ended.Ordinal);
        _rig.Tell(new ChildFailed(ended.Child, new ChildLoss("stall: it answered nothing") { IsByParent = true }));
        Assert.Equal([$"ended: {ended.Child}, which had no task: stall: it answered nothing"], Acts());
        Assert.NotEqual(ended.Child, other.Child);
    }

    [Fact]
    public void One_that_is_ended_at_a_task_which_was_cancelled_with_its_job_is_told_with_that_task()
    {
        _rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1)));
        var order = Assert.Single(_rig.Running);
        Assert.Null(_rig.Ask("j", "cancel"));
        Lose(order, new ChildLoss("heartbeat lost: it said nothing for 15 s") { IsByParent = true });
        Assert.Equal([$"ended: a on {order.Child}, attempt 1: heartbeat lost: it said nothing for 15 s"], Acts());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_that_dies_as_it_is_told_to_end_because_it_is_stuck_is_an_act_too(bool says)
    {
        _rig.Submit(EngineRig.Job(
            "j", 1, EngineRig.Stage("a", 0, 1) with { Retries = 1, Stall = TimeSpan.FromSeconds(4) }));
        var order = Assert.Single(_rig.Running);
        for (var look = 0; look < 5; look++)
        {
            _rig.After(TimeSpan.FromSeconds(1));
            _rig.Tell(new ProgressSeen(order, 7));
        }

        Assert.Equal(StopReason.Stalled, Assert.Single(_rig.Released.OfType<StopAttempt>()).Reason);
        _rig.Running.Clear();
        _rig.Tell(says ? new ChildFailed(order.Child, "signal KILL (9)") : new ChildGone(order.Child));
        Assert.StartsWith($"ended: a on {order.Child}, attempt 1: stall: no progress for ", Assert.Single(Acts()),
            StringComparison.Ordinal);
        var how = says ? "signal KILL (9)" : "it went without a word";
        Assert.EndsWith($"; its child did not live to end it: {how}", Acts()[0], StringComparison.Ordinal);
    }

    private void Lose(AttemptOrder order, ChildLoss loss)
    {
        _rig.Running.Clear();
        _rig.Tell(new ChildFailed(order.Child, loss));
        _rig.After(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Of_very_many_acts_a_hundred_are_listed()
    {
        _rig.Submit(Job(300));
        for (var task = 0; task < 300; task++)
        {
            _rig.End(_rig.Running[0].Ordinal, AttemptEnd.OverLimit);
        }

        Assert.Equal(101, Acts().Count);
        Assert.Equal("more than 100 acts: the rest is not listed", Acts()[^1]);
    }

    [Fact]
    public void What_every_attempt_cost_is_kept_and_summed()
    {
        _rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 2) with { Retries = 1 }));
        var first =
            new AttemptFigures
            {
                Spawn = 0.5,
                Execution = 2,
                Teardown = 0.25,
                CpuSeconds = 1,
                PeakMemory = 100,
                OutputBytes = 7
            };
        var failed = _rig.Running[0];
        End(AttemptEnd.Failed, first);
        Assert.Equal([new EarlierAttempt(1, failed.Child, "exit 1", first)],
            _rig.Store.FindTask("j", failed.Ordinal)!.Earlier);
        var dead = _rig.Running[0];
        _rig.Tell(new ChildFailed(dead.Child, "signal KILL"));
        _rig.Running.Clear();
        _rig.After(TimeSpan.FromMinutes(1));
        var last = first with { PeakMemory = 50, CpuSeconds = null };
        while (_rig.Running.Count > 0)
        {
            End(AttemptEnd.Succeeded, last);
        }

        Assert.Equal(new ChildUse(3, 1.5, 0.75, 1, 100, 21), _rig.Status("j").Used);
        var lost = Assert.Single(_rig.Store.FindTask("j", dead.Ordinal)!.Earlier);
        Assert.Equal((1, "child lost: signal KILL", null), (lost.Attempt, lost.Error, lost.Figures));
    }

    private void End(AttemptEnd end, AttemptFigures figures)
    {
        var order = _rig.Running[0];
        _rig.Running.RemoveAt(0);
        _rig.Tell(new AttemptEnded(new AttemptResult(order, end)
        {
            Error = end == AttemptEnd.Succeeded ? null : "exit 1",
            Figures = figures,
        }));
    }

    private List<string> Acts() =>
        [.. _rig.Store.ListAudit("j", 1000).Where(entry => entry.What == "overseer")
            .Select(entry => entry.Why).Reverse()];

    private static JobStart Job(int items) => EngineRig.Job("j", 1, EngineRig.Stage("a", 0, Math.Max(2, items)) with
    {
        Timeout = TimeSpan.FromSeconds(100),
    });
}
