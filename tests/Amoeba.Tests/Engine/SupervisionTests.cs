using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Tests.Engine;

/// <summary>The table of supervision in docs/state-machines.md, line by line.</summary>
public sealed class SupervisionTests : IDisposable
{
    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_task_that_kills_every_child_it_meets_is_given_up_with_the_evidence_and_the_others_go_on()
    {
        _rig.Submit(Job(tasks: 6, retries: 2, children: 2));
        for (var round = 0; round < 100 && _rig.Core.Jobs.Count > 0; round++)
        {
            foreach (var order in _rig.Running.ToList())
            {
                if (order.Ordinal == 3)
                {
                    _rig.Running.Remove(order);
                    _rig.Tell(new ChildFailed(order.Child, "signal SEGV (11)"));
                }
                else
                {
                    _rig.End(order.Ordinal);
                }
            }

            _rig.After(TimeSpan.FromMinutes(1));
        }

        var poison = _rig.Store.FindTask("j", 3)!;
        Assert.Equal((TaskState.Failed, 3), (poison.State, poison.Attempt));
        Assert.Equal("child lost: signal SEGV (11) (it is given up: 3 children died at it)", poison.Error);
        Assert.Equal([1, 2], poison.Earlier.Select(attempt => attempt.Attempt));
        Assert.Equal(3, poison.Earlier.Select(attempt => attempt.Child).Append(poison.Child).Distinct().Count());
        Assert.Equal((5, 1), (_rig.Status("j").Counts.Succeeded, _rig.Status("j").Counts.Failed));
    }

    [Fact]
    public void A_child_whose_attempt_was_its_last_gets_no_other_and_nothing_counts_against_the_next_task()
    {
        _rig.Submit(Job(tasks: 2, retries: 0, children: 1));
        var first = Assert.Single(_rig.Running);
        _rig.Running.Clear();
        _rig.Tell(new AttemptEnded(new AttemptResult(first, AttemptEnd.Succeeded) { IsLastOfChild = true }));
        _rig.After(TimeSpan.FromMinutes(1));
        var second = Assert.Single(_rig.Running);
        Assert.NotEqual(first.Child, second.Child);
        _rig.End(second.Ordinal);
        Assert.Equal((JobState.Succeeded, 2), (_rig.Status("j").State, _rig.Status("j").Counts.Succeeded));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_slot_of_a_child_that_is_dead_is_free_with_the_commit_that_tells_of_its_death(bool isDead)
    {
        using var rig = new EngineRig(lease: EngineRig.Plenty with { Light = 1 }) { KeepsDestroyed = true };
        rig.Submit(Job(tasks: 2, retries: 0, children: 1));
        var dead = Assert.Single(rig.Running);
        rig.Running.Clear();
        rig.Tell(new ChildFailed(dead.Child, new ChildLoss("signal KILL (9)") { IsDead = isDead }));
        // One that failed and is still there holds its slot until it is gone.
        var holder = isDead ? Assert.Single(rig.Running).Child : dead.Child;
        Assert.Equal(isDead, holder != dead.Child);
        Assert.Equal((holder, 1), (Assert.Single(rig.Store.ListChildren()).Id, rig.Core.InUse.Light));
        rig.Tell(new ChildGone(dead.Child));
        var next = Assert.Single(rig.Running);
        Assert.Equal((next.Child, 1), (Assert.Single(rig.Store.ListChildren()).Id, rig.Core.InUse.Light));
        rig.KeepsDestroyed = false;
        rig.End(next.Ordinal);
        Assert.Equal((JobState.Failed, 0), (rig.Status("j").State, rig.Core.InUse.Light));
    }

    [Fact]
    public void What_is_known_of_a_lost_attempt_is_told_of_it_and_counted()
    {
        _rig.Submit(Job(tasks: 1, retries: 1, children: 1));
        var lost = Assert.Single(_rig.Running);
        _rig.Running.Clear();
        var known = new AttemptFigures { Spawn = 0.5, Execution = 40, OutputBytes = 7 };
        _rig.Tell(new ChildFailed(lost.Child, new ChildLoss("signal KILL (9)") { Figures = known }));
        _rig.After(TimeSpan.FromMinutes(1));
        _rig.End(Assert.Single(_rig.Running).Ordinal);
        Assert.Equal(known, Assert.Single(_rig.Store.FindTask("j", 0)!.Earlier).Figures);
        Assert.Equal(41, _rig.Status("j").TaskSeconds);
    }

    [Fact]
    public void Deaths_at_work_do_not_count_against_restart_intensity()
    {
        _rig.Submit(Job(tasks: 40, retries: 0, children: 4));
        for (var death = 0; death < 20; death++)
        {
            var order = _rig.Running[0];
            _rig.Running.Remove(order);
            _rig.Tell(new ChildFailed(order.Child, "signal KILL (9)"));
        }

        Assert.Equal(JobState.Running, _rig.Status("j").State);
        Assert.Equal(4, _rig.Running.Count);
    }

    [Fact]
    public void Attempts_that_never_began_count_against_the_intensity_and_not_against_their_tasks()
    {
        using var rig = new EngineRig(lease: EngineRig.Plenty with { Heavy = 2 });
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 3) with { Idempotent = false });
        rig.Submit(job with { Decision = job.Decision with { Cell = CellKind.Detached } });
        var unbegun = 0;
        for (var tenth = 0; tenth < 600 && rig.Core.Jobs.Count > 0; tenth++)
        {
            if (rig.Running.Count == 0)
            {
                rig.After(TimeSpan.FromSeconds(0.1));
                continue;
            }

            var order = rig.Running[0];
            rig.Running.RemoveAt(0);
            rig.Tell(new ChildFailed(order.Child, new ChildLoss($"exit {++unbegun}") { NeverBegan = true }));
            if (unbegun == 1)
                Assert.Equal("a child could not be started (1 in a row), another is tried: exit 1",
                    rig.Status("j").Reason);
        }

        var status = rig.Status("j");
        Assert.Equal((JobState.Failed, 0, 3), (status.State, status.Counts.Failed, status.Counts.Cancelled));
        Assert.Equal("children cannot be started: 6 failed within 30 s, the last with: exit 6", status.Reason);
        Assert.Equal(6, unbegun);
        var rows = rig.Store.ReadTasks("j", 0, 9);
        Assert.All(rows, row => Assert.Equal(0, row.Failures));
        Assert.Contains(rows, row => row.Earlier is [{ Error: "it did not begin: exit 1", Figures: null }, ..]);
        Assert.Equal((0, default), (rig.Core.Children.Count, rig.Core.InUse));
    }

    [Fact]
    public void An_attempt_that_begins_shows_that_others_can()
    {
        using var rig = new EngineRig(lease: EngineRig.Plenty with { Heavy = 2 });
        var job = Job(tasks: 1, retries: 0, children: 1);
        rig.Submit(job with { Decision = job.Decision with { Cell = CellKind.Detached } });
        for (var unbegun = 1; unbegun <= 20; unbegun++)
        {
            while (rig.Running.Count == 0) rig.After(TimeSpan.FromSeconds(1));
            var order = Assert.Single(rig.Running);
            rig.Running.Clear();
            if (unbegun % 5 == 0)
            {
                // Now and then one begins, and is told to end for a while.
                rig.Tell(new AttemptBegan(order));
                Assert.Null(rig.Status("j").Reason);
                rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Stopped)));
                rig.After(TimeSpan.FromSeconds(60));
                continue;
            }

            rig.Tell(new ChildFailed(order.Child, new ChildLoss("exit 2") { NeverBegan = true }));
            Assert.Equal(JobState.Running, rig.Status("j").State);
        }
    }

    [Fact]
    public void Where_the_machine_lacks_something_the_job_stops_to_be_gone_on_with_and_what_runs_ends_first()
    {
        _rig.Submit(Job(tasks: 3, retries: 0, children: 2));
        (_rig.SpawnFails, _rig.SpawnLacks) = ("there is no daemon", true);
        var dead = _rig.Running[0];
        _rig.Running.Remove(dead);
        _rig.Tell(new ChildFailed(dead.Child, new ChildLoss("signal KILL (9)") { IsDead = true }));
        for (var wait = 0; wait < 300; wait++) _rig.After(TimeSpan.FromMilliseconds(100));
        Assert.Equal(JobState.Running, _rig.Status("j").State);
        _rig.End(Assert.Single(_rig.Running).Ordinal);
        var status = _rig.Status("j");
        Assert.Equal((JobState.Interrupted, true), (status.State, status.IsStoppedByLack));
        Assert.Equal("stopped, something is missing: there is no daemon", status.Reason);
        Assert.Equal((1, 1, 1), (status.Counts.Succeeded, status.Counts.Failed, status.Counts.Waiting));
    }

    [Fact]
    public void A_child_that_comes_up_after_all_shows_that_nothing_is_missing_any_more()
    {
        _rig.Submit(Job(tasks: 4, retries: 1, children: 3));
        _rig.KeepsSpawned = true;
        foreach (var dead in _rig.Running.Take(2).ToList())
        {
            _rig.Running.Remove(dead);
            _rig.Tell(new ChildFailed(dead.Child, new ChildLoss("signal KILL (9)") { IsDead = true }));
        }

        _rig.After(TimeSpan.FromSeconds(1));
        var late = _rig.Released.OfType<SpawnChild>().ToList()[^2].Spec.Id;
        for (var failures = 0; failures <= RestartIntensity.Most; failures++)
        {
            var next = _rig.Released.OfType<SpawnChild>().Last().Spec.Id;
            _rig.Tell(new ChildFailed(next, new ChildLoss("there is no daemon") { IsDead = true, IsLack = true }));
            _rig.After(TimeSpan.FromSeconds(5));
        }

        Assert.Single(_rig.Running);
        _rig.Tell(new ChildReady(late, null));
        Assert.Equal(late, _rig.Running[^1].Child);
        _rig.KeepsSpawned = false;
        while (_rig.Running.Count > 0)
        {
            _rig.End(_rig.Running[0].Ordinal);
            _rig.After(TimeSpan.FromMinutes(1));
        }

        Assert.Equal((JobState.Succeeded, 4), (_rig.Status("j").State, _rig.Status("j").Counts.Succeeded));
    }

    [Fact]
    public void A_job_that_lacks_something_waits_for_the_child_that_is_still_coming_up()
    {
        using var rig = Coming(out var slow);
        rig.Tell(new ChildReady(slow, null));
        Assert.Equal(slow, Assert.Single(rig.Running).Child);
        rig.KeepsSpawned = false;
        while (rig.Running.Count > 0)
        {
            rig.End(rig.Running[0].Ordinal);
            rig.After(TimeSpan.FromMinutes(1));
        }

        Assert.Equal((JobState.Succeeded, 4), (rig.Status("j").State, rig.Status("j").Counts.Succeeded));
    }

    [Fact]
    public void A_job_that_lacks_something_stops_when_the_last_that_was_coming_does_not_come()
    {
        using var rig = Coming(out var slow);
        rig.Tell(new ChildFailed(slow, new ChildLoss("there is no daemon") { IsDead = true, IsLack = true }));
        Assert.Equal(JobState.Interrupted, rig.Status("j").State);
    }

    /// <summary>A job of which nothing runs yet: its first child is slow, and the others failed too often.</summary>
    private static EngineRig Coming(out string slow)
    {
        var rig = new EngineRig { KeepsSpawned = true };
        rig.Submit(Job(tasks: 4, retries: 1, children: 2));
        slow = rig.Released.OfType<SpawnChild>().First().Spec.Id;
        for (var failures = 0; failures <= RestartIntensity.Most; failures++)
        {
            var next = rig.Released.OfType<SpawnChild>().Last().Spec.Id;
            rig.Tell(new ChildFailed(next, new ChildLoss("there is no daemon") { IsDead = true, IsLack = true }));
            rig.After(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(JobState.Running, rig.Status("j").State);
        return rig;
    }

    [Fact]
    public void Six_that_never_come_up_within_half_a_minute_are_given_up_upwards_with_the_evidence()
    {
        _rig.SpawnFails = "it did not say hello in time";
        _rig.Submit(Job(tasks: 2, retries: 0, children: 1));
        for (var wait = 0; wait < 300; wait++)
        {
            _rig.After(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(6, _rig.Released.OfType<SpawnChild>().Count());
        Assert.Equal(JobState.Failed, _rig.Status("j").State);
        Assert.Equal("children cannot be started: 6 failed within 30 s, the last with: it did not say hello in time",
            _rig.Status("j").Reason);
    }

    [Fact]
    public void Those_that_fail_seldom_are_made_again_and_again()
    {
        _rig.SpawnFails = "it did not say hello in time";
        _rig.Submit(Job(tasks: 2, retries: 0, children: 1));
        for (var failures = 1; failures < 5; failures++)
        {
            _rig.After(TimeSpan.FromSeconds(31));
        }

        Assert.Equal(5, _rig.Released.OfType<SpawnChild>().Count());
        Assert.Equal(
            "a child could not be started (5 in a row), another is tried: it did not say hello in time",
            _rig.Status("j").Reason);
        _rig.SpawnFails = null;
        _rig.After(TimeSpan.FromSeconds(31));
        Assert.Single(_rig.Running);
        Assert.Null(_rig.Status("j").Reason);
    }

    [Fact]
    public void Six_in_a_row_are_given_up_however_seldom_they_are_made()
    {
        _rig.SpawnFails = "there is no docker daemon";
        _rig.Submit(Job(tasks: 2, retries: 0, children: 1));
        for (var failures = 1; failures < 9; failures++)
        {
            _rig.After(TimeSpan.FromSeconds(31));
        }

        Assert.Equal(6, _rig.Released.OfType<SpawnChild>().Count());
        Assert.Equal(JobState.Failed, _rig.Status("j").State);
        Assert.Equal(
            "children cannot be started: 6 failed in a row, the last with: there is no docker daemon",
            _rig.Status("j").Reason);
    }

    [Fact]
    public void What_runs_is_asked_to_end_in_reverse_order_with_a_grace_and_then_with_less()
    {
        _rig.Submit(Job(tasks: 4, retries: 0, children: 4));
        var begun = _rig.Running.Select(order => order.Child).ToList();
        _rig.Tell(new StopRequested(TimeSpan.FromSeconds(5)));
        _rig.After(TimeSpan.FromSeconds(5));
        var stops = _rig.Released.OfType<StopAttempt>().ToList();
        Assert.Equal(Enumerable.Reverse(begun), stops.Take(4).Select(stop => stop.Child));
        Assert.All(stops, stop => Assert.Equal(StopReason.Interrupted, stop.Reason));
        Assert.All(stops.TakeLast(4), stop => Assert.True(stop.Grace <= TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void The_pauses_grow_are_bounded_and_differ()
    {
        for (var failures = 1; failures < 20; failures++)
        {
            var (least, most) = (Backoff.After(failures, 0), Backoff.After(failures, 0.999));
            Assert.True(least < most && most <= Backoff.Longest * 2, $"{failures}: {least} to {most}");
            Assert.True(failures == 1 || least >= Backoff.After(failures - 1, 0));
        }
    }

    private static JobStart Job(int tasks, int retries, int children) =>
        EngineRig.Job("j", children,
            EngineRig.Stage("a", 0, tasks) with { Retries = retries, Timeout = TimeSpan.Zero });
}
