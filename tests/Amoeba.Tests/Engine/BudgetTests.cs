using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Engine;

public sealed class BudgetTests : IDisposable
{
    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private static long Minutes(int minutes) => TimeSpan.FromMinutes(minutes).Ticks;

    private static JobStart Job(BudgetSpec budget, int items = 6, int children = 2, double tokens = 100) =>
        EngineRig.Job("j", children,
            EngineRig.Stage("a", 0, items) with { Tokens = tokens, CostUsd = tokens / 100, Memory = 1 << 20 })
            with
        { Budget = budget };

    private void End(int ordinal, long tokens, decimal cost = 0)
    {
        var order = _rig.Running.Single(order => order.Ordinal == ordinal);
        _rig.Running.Remove(order);
        _rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Succeeded)
        {
            Figures = new AttemptFigures { Execution = 1, Tokens = new TokenCounts(tokens, 0, 0), CostUsd = cost },
        }));
    }

    [Fact]
    public void Nothing_starts_that_is_expected_to_go_over_the_tokens_and_what_is_done_stays()
    {
        _rig.Submit(Job(BudgetSpec.None with { Tokens = 350 }));
        End(0, 100);
        End(1, 100);
        Assert.Equal([2], _rig.Running.Select(order => order.Ordinal));
        End(2, 100);
        var status = _rig.Status("j");
        Assert.Equal(JobState.Interrupted, status.State);
        Assert.Equal(3, status.Counts.Succeeded);
        Assert.Contains("300 of 350 tokens are used", status.Reason, StringComparison.Ordinal);
        Assert.Contains(_rig.Store.ListAudit("j", 10),
            entry => entry.What == "budget" && entry.Why.StartsWith("warned", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_call_used_that_was_cut_off_by_a_cancel_is_counted()
    {
        _rig.Submit(Job(BudgetSpec.None));
        End(0, 100, 1);
        var order = _rig.Running.First();
        Assert.Null(_rig.Ask("j", "cancel"));
        _rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Stopped)
        {
            Figures = new AttemptFigures { Execution = 1, Tokens = new TokenCounts(40, 2, 0), CostUsd = 0.5m },
        }));
        var status = _rig.Status("j");
        Assert.Equal((JobState.Cancelled, 140L, 1.5m), (status.State, status.Tokens.Input, status.CostUsd));
    }

    [Fact]
    public void Time_counts_that_passed_under_a_parent_that_was_killed()
    {
        _rig.Submit(Job(BudgetSpec.None with { Time = TimeSpan.FromSeconds(4) }));
        _rig.Pass(TimeSpan.FromSeconds(3));
        _rig.Tell(new MachineSeen(long.MaxValue, 1));
        using var next = new EngineRig("q", _rig.Store);
        next.Take(Job(BudgetSpec.None with { Time = TimeSpan.FromSeconds(4) }));
        Assert.Equal(3, next.Status("j").ActiveSeconds, 3);
    }

    [Fact]
    public void A_larger_budget_lets_the_job_go_on_to_its_end()
    {
        _rig.Submit(Job(BudgetSpec.None with { Tokens = 150 }, items: 3, children: 1));
        End(0, 100);
        Assert.Equal(JobState.Interrupted, _rig.Status("j").State);
        _rig.Take(Job(BudgetSpec.None with { Tokens = 1000 }, items: 3, children: 1) with { IsBudgetOwn = true });
        End(1, 100);
        End(2, 100);
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
        Assert.Equal(300, _rig.Status("j").Tokens.Input);
        Assert.Equal("tokens=1000", _rig.Status("j").Budget);
    }

    [Fact]
    public void What_the_first_calls_used_replaces_the_expectation()
    {
        _rig.Submit(Job(BudgetSpec.None with { Tokens = 1000 }, items: 9, children: 4, tokens: 400));
        Assert.Equal(2, _rig.Running.Count);
        End(0, 10);
        Assert.Equal(4, _rig.Running.Count);
    }

    [Fact]
    public void Money_stops_as_tokens_do_and_a_free_merge_still_runs()
    {
        _rig.Submit(EngineRig.Job("j", 2,
            EngineRig.Stage("a", 0, 2) with { CostUsd = 1 },
            EngineRig.Stage("merge", 2, 1, 0) with { IsMerge = true }) with
        { Budget = BudgetSpec.None with { CostUsd = 2 } });
        End(0, 0, 1);
        End(1, 0, 1);
        Assert.Equal([2], _rig.Running.Select(order => order.Ordinal));
        End(2, 0);
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
    }

    [Fact]
    public void A_task_expected_to_be_larger_than_the_whole_budget_may_still_be_the_first()
    {
        _rig.Submit(Job(BudgetSpec.None with { Tokens = 50 }, items: 2));
        Assert.Single(_rig.Running);
        End(0, 20);
        Assert.Single(_rig.Running);
    }

    [Fact]
    public void When_the_time_is_up_what_runs_is_stopped_and_runs_again_later()
    {
        _rig.Submit(Job(BudgetSpec.None with { Time = TimeSpan.FromSeconds(10) }, items: 3, children: 1));
        End(0, 1);
        _rig.After(TimeSpan.FromSeconds(8));
        Assert.Contains("most of its budget", _rig.Status("j").Reason, StringComparison.Ordinal);
        _rig.After(TimeSpan.FromSeconds(2));
        var stop = Assert.Single(_rig.Released.OfType<StopAttempt>());
        Assert.Equal(StopReason.Interrupted, stop.Reason);
        var order = Assert.Single(_rig.Running);
        _rig.Running.Clear();
        _rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Stopped)));
        var status = _rig.Status("j");
        Assert.Equal(JobState.Interrupted, status.State);
        Assert.Contains("its 10s are up", status.Reason, StringComparison.Ordinal);
        Assert.Equal((1, 2), (status.Counts.Succeeded, status.Counts.Waiting));
    }

    [Fact]
    public void The_job_uses_no_more_memory_than_its_budget()
    {
        _rig.Submit(Job(BudgetSpec.None with { Memory = 3 << 20 }, items: 9, children: 8));
        Assert.Equal(3, _rig.Running.Count);
        End(0, 1);
        Assert.Equal(3, _rig.Running.Count);
    }

    [Fact]
    public void While_an_attempt_waits_its_clock_stands_and_it_shows_for_what()
    {
        _rig.Submit(Job(BudgetSpec.None, items: 1) with { });
        var order = Assert.Single(_rig.Running);
        var until = DateTimeOffset.UnixEpoch.AddHours(1);
        _rig.After(TimeSpan.FromMinutes(4));
        _rig.Tell(new AttemptWaits(order, "quota of local/m", until, Minutes(4)));
        var child = Assert.Single(_rig.Store.ListChildren());
        Assert.Equal(("quota of local/m", until), (child.WaitsFor, child.WaitsUntil));
        _rig.After(TimeSpan.FromHours(1));
        Assert.Empty(_rig.Released.OfType<StopAttempt>());
        _rig.Tell(new AttemptWaits(order, null, null, Minutes(64)));
        Assert.Null(Assert.Single(_rig.Store.ListChildren()).WaitsFor);
        _rig.After(TimeSpan.FromSeconds(59));
        Assert.Empty(_rig.Released.OfType<StopAttempt>());
        _rig.After(TimeSpan.FromSeconds(2));
        Assert.Equal(StopReason.Timeout, Assert.Single(_rig.Released.OfType<StopAttempt>()).Reason);
    }

    [Fact]
    public void A_wait_ends_with_its_attempt_and_one_of_an_old_attempt_is_not_heard()
    {
        _rig.Submit(Job(BudgetSpec.None, items: 2, children: 1));
        var order = Assert.Single(_rig.Running);
        _rig.Tell(new AttemptWaits(order, "quota", null, 0));
        End(0, 1);
        _rig.Tell(new AttemptWaits(order, "quota", null, 0));
        Assert.Null(Assert.Single(_rig.Store.ListChildren()).WaitsFor);
    }

    [Fact]
    public void What_is_heard_late_of_a_wait_counts_from_when_it_was_said()
    {
        _rig.Submit(Job(BudgetSpec.None, items: 1));
        var order = Assert.Single(_rig.Running);
        _rig.After(TimeSpan.FromMinutes(4));
        _rig.Pass(TimeSpan.FromMinutes(20)); // the loop stood still, by a disk that did
        _rig.Tell(new AttemptWaits(order, "quota", null, Minutes(4)), TimePassed.Instance);
        Assert.Empty(_rig.Released.OfType<StopAttempt>());
        _rig.Tell(new AttemptWaits(order, null, null, Minutes(24)), TimePassed.Instance);
        _rig.After(TimeSpan.FromSeconds(59));
        Assert.Empty(_rig.Released.OfType<StopAttempt>());
        _rig.After(TimeSpan.FromSeconds(2));
        Assert.Single(_rig.Released.OfType<StopAttempt>());
    }

    [Fact]
    public void Resumed_with_its_time_used_up_nothing_starts_and_it_stops_again()
    {
        var job = Job(BudgetSpec.None with { Time = TimeSpan.FromSeconds(10) }, items: 3, children: 1);
        _rig.Submit(job);
        End(0, 1);
        _rig.After(TimeSpan.FromSeconds(10));
        var order = Assert.Single(_rig.Running);
        _rig.Running.Clear();
        _rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Stopped)));
        _rig.Take(job);
        Assert.Empty(_rig.Running);
        Assert.Equal(JobState.Interrupted, _rig.Status("j").State);
        _rig.Take(job with { Budget = BudgetSpec.None with { Time = TimeSpan.FromSeconds(20) } });
        Assert.Single(_rig.Running);
    }
}
