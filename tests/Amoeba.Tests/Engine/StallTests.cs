using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Tests.Engine;

/// <summary>Attempts that get nothing done, and those that only take long.</summary>
public sealed class StallTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = Limit / 4;

    private readonly EngineRig _rig = new(lease: EngineRig.Plenty with { Heavy = 2 });
    private int _looks;

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void An_attempt_without_progress_is_stopped_with_its_figures_and_its_task_runs_on_another_child()
    {
        _rig.Submit(Job(retries: 1));
        var first = _rig.Running[0];
        SeeFor(1, progress: 1204);
        SeeFor(3, progress: 1204);
        Assert.Empty(Stops());
        SeeFor(1, progress: 1204);
        Assert.Equal((first.Child, StopReason.Stalled), (Stops()[0].Child, Stops()[0].Reason));
        _rig.End(0, AttemptEnd.Stalled);
        var row = _rig.Store.FindTask("j", 0)!;
        Assert.Equal((TaskState.Waiting, 1), (row.State, row.Failures));
        Assert.Equal("stall: no progress for 20 s, 1,204 bytes before (limits.stall)", row.Error);
        _rig.After(TimeSpan.FromMinutes(1));
        var second = Assert.Single(_rig.Running);
        Assert.Equal(2, second.Attempt);
        Assert.NotEqual(first.Child, second.Child);
        var late = _rig.Core.LateResults;
        _rig.Tell(new AttemptEnded(new AttemptResult(first, AttemptEnd.Succeeded)));
        Assert.Equal(late + 1, _rig.Core.LateResults);
        _rig.End(0);
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
    }

    [Fact]
    public void When_its_retries_are_spent_a_stuck_task_fails_with_that_reason()
    {
        _rig.Submit(Job(retries: 0));
        SeeFor(4, progress: 0);
        _rig.End(0, AttemptEnd.Stalled);
        var row = _rig.Store.FindTask("j", 0)!;
        Assert.Equal(TaskState.Failed, row.State);
        Assert.StartsWith("stall: no progress for 20 s, 0 bytes before", row.Error);
    }

    [Fact]
    public void A_slow_attempt_that_gets_on_is_left_alone()
    {
        _rig.Submit(Job(retries: 0));
        for (var part = 1; part <= 100; part++)
        {
            SeeFor(3, part);
        }

        Assert.Empty(Stops());
        Assert.Equal(300, _looks);
    }

    [Fact]
    public void A_result_that_comes_while_it_is_stopped_counts()
    {
        _rig.Submit(Job(retries: 0));
        SeeFor(4, progress: 0);
        Assert.Single(Stops());
        _rig.End(0);
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
    }

    [Fact]
    public void Waiting_for_a_quota_is_no_stall()
    {
        _rig.Submit(Job(retries: 0));
        SeeFor(3, progress: 5);
        _rig.Tell(new AttemptWaits(_rig.Running[0], "quota m", null, _rig.Uptime));
        _rig.After(TimeSpan.FromHours(1));
        Assert.Empty(Stops());
        _rig.Tell(new AttemptWaits(_rig.Running[0], null, null, _rig.Uptime));
        SeeFor(3, progress: 5);
        Assert.Empty(Stops());
        SeeFor(1, progress: 5);
        Assert.Single(Stops());
    }

    [Fact]
    public void The_start_of_a_detached_worker_is_none_of_its_time()
    {
        _rig.Submit(Detached());
        _rig.After(10 * Limit);
        Assert.Empty(_rig.Released.OfType<LookAtProgress>());
        _rig.Tell(new AttemptBegan(_rig.Running[0]));
        SeeFor(3, progress: 0);
        Assert.Empty(Stops());
        SeeFor(1, progress: 0);
        Assert.Single(Stops());
        _rig.End(0, AttemptEnd.Stalled);
        Assert.StartsWith("stall: no progress for 20 s, 0 bytes before", _rig.Store.FindTask("j", 0)!.Error);
    }

    [Fact]
    public void Who_is_told_to_have_begun_while_it_waits_is_looked_at_when_it_goes_on()
    {
        _rig.Submit(Detached());
        _rig.Tell(new AttemptWaits(_rig.Running[0], "quota m", null, _rig.Uptime));
        _rig.Tell(new AttemptBegan(_rig.Running[0]));
        _rig.After(TimeSpan.FromHours(1));
        Assert.Empty(_rig.Released.OfType<LookAtProgress>());
        _rig.Tell(new AttemptWaits(_rig.Running[0], null, null, _rig.Uptime));
        SeeFor(4, progress: 0);
        Assert.Single(Stops());
    }

    [Fact]
    public void A_look_that_was_under_way_when_it_began_to_wait_says_nothing()
    {
        _rig.Submit(Job(retries: 0));
        SeeFor(3, progress: 5);
        _rig.After(Look);
        var look = _rig.Released.OfType<LookAtProgress>().Last();
        _rig.Tell(new AttemptWaits(_rig.Running[0], "quota m", null, _rig.Uptime));
        _rig.Tell(new ProgressSeen(look.Order, 5));
        Assert.Empty(Stops());
    }

    [Fact]
    public void A_parent_that_stood_still_for_an_hour_has_missed_one_look()
    {
        _rig.Submit(Job(retries: 0));
        SeeFor(3, progress: 5);
        _rig.After(TimeSpan.FromHours(1));
        See(5); // what was said meanwhile may not have been read yet
        SeeFor(1, progress: 5);
        Assert.Empty(Stops());
        SeeFor(1, progress: 5);
        Assert.Single(Stops());
    }

    [Fact]
    public void One_that_dies_while_it_is_stopped_failed_for_the_stall()
    {
        _rig.Submit(Job(retries: 0));
        SeeFor(4, progress: 0);
        _rig.Tell(new ChildFailed(_rig.Running[0].Child, "signal KILL"));
        Assert.StartsWith("stall: ", _rig.Store.FindTask("j", 0)!.Error);
    }

    [Fact]
    public void Without_a_limit_nobody_looks()
    {
        _rig.Submit(EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1) with { Timeout = TimeSpan.Zero }));
        _rig.After(TimeSpan.FromDays(1));
        Assert.Empty(_rig.Released.OfType<LookAtProgress>());
        Assert.Equal(long.MaxValue, _rig.Core.NextDue());
    }

    private static JobStart Job(int retries) => EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1) with
    {
        Stall = Limit,
        Retries = retries,
        Program = true,
        Timeout = TimeSpan.FromDays(1),
    });

    private static JobStart Detached()
    {
        var job = Job(retries: 0);
        return job with { Decision = job.Decision with { Cell = CellKind.Detached } };
    }

    private List<StopAttempt> Stops() => [.. _rig.Released.OfType<StopAttempt>()];

    private void SeeFor(int looks, long progress)
    {
        for (; looks > 0; looks--)
        {
            _rig.After(Look);
            See(progress);
        }
    }

    private void See(long progress)
    {
        var asked = _rig.Released.OfType<LookAtProgress>().ToList();
        Assert.Equal(++_looks, asked.Count);
        _rig.Tell(new ProgressSeen(asked[^1].Order, progress));
    }
}
