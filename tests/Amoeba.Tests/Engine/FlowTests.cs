using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Tests.Engine;

/// <summary>Items that flow from one stage's results into another, and items that go one by one by group.</summary>
public sealed class FlowTests : IDisposable
{
    private const int Far = 10_000_000;

    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private static JobStart Flow(int items = 2, int children = 4) => EngineRig.Job("j", children,
        EngineRig.Stage("a", 0, items),
        EngineRig.Stage("b", items, 0) with { From = 0 });

    private int[] Ordinals => [.. _rig.Running.Select(order => order.Ordinal)];

    private void Yield(int source, int count, params int[] groups) =>
        _rig.Tell(new ItemsYielded("j", 1, source, count, groups));

    [Fact]
    public void Items_run_while_their_source_still_does()
    {
        _rig.Submit(Flow());
        _rig.End(0);
        Assert.Equal(new YieldItems("j", 1, 0), Assert.Single(_rig.Released.OfType<YieldItems>()));
        Yield(0, 2);
        Assert.Equal([1, 2, 3], Ordinals);
        Assert.Equal(4, _rig.Status("j").Counts.Total);
    }

    [Fact]
    public void A_job_ends_only_when_every_result_has_yielded()
    {
        _rig.Submit(Flow());
        _rig.End(0);
        _rig.End(1);
        Yield(1, 1);
        _rig.End(2);
        Assert.Equal(JobState.Running, _rig.Status("j").State);
        Yield(0, 0);
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
        Assert.Equal(3, _rig.Status("j").Counts.Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_needs_a_stage_is_skipped_where_that_lacks_items_of_its_source(bool skipped)
    {
        _rig.Submit(EngineRig.Job("j", 4,
            EngineRig.Stage("first", 0, 1),
            EngineRig.Stage("source", 1, 1) with { Needs = skipped ? [0] : [] },
            EngineRig.Stage("flow", 2, 0) with { From = 1 },
            EngineRig.Stage("last", Far, 1) with { Needs = [2] }));
        _rig.End(skipped ? 0 : 1, AttemptEnd.Hopeless);
        if (!skipped) _rig.End(0);
        Assert.Empty(_rig.Running);
        Assert.Equal(JobState.Failed, _rig.Status("j").State);
        Assert.Equal((1, skipped ? 2 : 1), (_rig.Status("j").Counts.Failed, _rig.Status("j").Counts.Skipped));
        Assert.Contains("it needs source", _rig.Status("j").SkippedJson, StringComparison.Ordinal);
    }

    [Fact]
    public void A_yield_that_is_said_twice_counts_once()
    {
        _rig.Submit(Flow());
        _rig.End(0);
        Yield(0, 2);
        Yield(0, 2);
        Assert.Equal(4, _rig.Status("j").Counts.Total);
    }

    [Fact]
    public void A_failure_of_a_source_costs_its_own_items_alone()
    {
        _rig.Submit(Flow());
        _rig.End(0, AttemptEnd.Failed);
        _rig.End(1);
        Yield(1, 1);
        _rig.End(2);
        var status = _rig.Status("j");
        Assert.Equal(JobState.Failed, status.State);
        Assert.Equal((2, 1, 0), (status.Counts.Succeeded, status.Counts.Failed, status.Counts.Skipped));
    }

    [Fact]
    public void What_needs_a_flow_waits_for_all_of_it()
    {
        _rig.Submit(EngineRig.Job("j", 4,
            EngineRig.Stage("a", 0, 2),
            EngineRig.Stage("b", 2, 0) with { From = 0 },
            EngineRig.Stage("c", 2 + Far, 1, 1)));
        _rig.End(0);
        Yield(0, 1);
        _rig.End(2);
        _rig.End(1);
        Assert.Empty(_rig.Running);
        Yield(1, 1);
        _rig.End(3);
        Assert.Equal([2 + Far], Ordinals);
    }

    [Fact]
    public void Items_of_a_flow_that_is_skipped_are_skipped_as_they_come()
    {
        _rig.Submit(EngineRig.Job("j", 4,
            EngineRig.Stage("a", 0, 2),
            EngineRig.Stage("x", 2, 1),
            EngineRig.Stage("b", 3, 0, 1) with { From = 0 }));
        _rig.End(2, AttemptEnd.Failed);
        _rig.End(0);
        _rig.Tell(new ItemsYielded("j", 2, 0, 3, []));
        Assert.Equal(3, _rig.Status("j").Counts.Skipped);
        _rig.End(1);
        _rig.Tell(new ItemsYielded("j", 2, 1, 0, []));
        Assert.Equal(JobState.Failed, _rig.Status("j").State);
    }

    [Fact]
    public void A_flow_out_of_a_skipped_flow_ends_when_nothing_more_comes_into_that()
    {
        _rig.Submit(EngineRig.Job("j", 4,
            EngineRig.Stage("a", 0, 1),
            EngineRig.Stage("x", 1, 1),
            EngineRig.Stage("b", 2, 0, 1) with { From = 0 },
            EngineRig.Stage("c", 2 + Far, 0) with { From = 2 }));
        _rig.End(1, AttemptEnd.Failed);
        _rig.End(0);
        Assert.Equal(JobState.Running, _rig.Status("j").State);
        _rig.Tell(new ItemsYielded("j", 2, 0, 1, []));
        Assert.Equal(JobState.Failed, _rig.Status("j").State);
    }

    [Fact]
    public void A_new_owner_asks_for_what_was_not_yielded_and_keeps_what_was()
    {
        _rig.Submit(Flow());
        _rig.End(0);
        _rig.End(1);
        Yield(0, 2);
        _rig.Tell(new StopRequested(TimeSpan.Zero));
        _rig.Tell([.. _rig.Running.Select(order => new AttemptEnded(new(order, AttemptEnd.Stopped)))]);
        using var second = new EngineRig("q", _rig.Store);
        second.Take(Flow(), flows: new StageFlow(1, 2, [], new HashSet<int> { 0 }));
        Assert.Equal(new YieldItems("j", 1, 1), Assert.Single(second.Released.OfType<YieldItems>()));
        second.Tell(new ItemsYielded("j", 1, 1, 1, []));
        foreach (var ordinal in second.Running.Select(order => order.Ordinal).Order().ToList()) second.End(ordinal);
        Assert.Equal(JobState.Succeeded, second.Status("j").State);
        Assert.Equal(5, second.Status("j").Counts.Succeeded);
    }

    [Fact]
    public void Items_that_come_after_a_cancel_are_cancelled_and_a_retry_runs_them()
    {
        _rig.Submit(Flow());
        _rig.End(0);
        Assert.Null(_rig.Ask("j", "cancel"));
        _rig.Tell([.. _rig.Running.Select(order => new AttemptEnded(new(order, AttemptEnd.Stopped)))]);
        Yield(0, 2);
        using var second = new EngineRig("q", _rig.Store);
        second.Take(Flow(), goOn: true, new StageFlow(1, 2, [], new HashSet<int> { 0 }));
        Assert.Null(second.Ask("j", "retry"));
        foreach (var ordinal in second.Running.Select(order => order.Ordinal).Order().ToList()) second.End(ordinal);
        second.Tell(new ItemsYielded("j", 1, 1, 0, []));
        Assert.Equal(JobState.Succeeded, second.Status("j").State);
        Assert.Equal(4, second.Status("j").Counts.Succeeded);
    }

    [Fact]
    public void Of_a_group_one_runs_at_a_time_and_groups_run_side_by_side()
    {
        _rig.Submit(Grouped());
        Assert.Equal([0, 1], Ordinals.Order());
        _rig.End(0);
        Assert.Equal([1, 2], Ordinals.Order());
        _rig.End(1);
        Assert.Equal([2, 4], Ordinals.Order());
    }

    [Fact]
    public void A_groups_tasks_go_to_one_child()
    {
        _rig.Submit(Grouped());
        var children = new Dictionary<int, string>();
        while (_rig.Running.Count > 0)
        {
            var order = _rig.Running[0];
            var group = Groups[order.Ordinal];
            Assert.Equal(order.Child, children.GetValueOrDefault(group, order.Child));
            children[group] = order.Child;
            _rig.End(order.Ordinal);
        }

        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
    }

    [Fact]
    public void While_one_waits_to_be_tried_again_its_group_goes_on()
    {
        _rig.Submit(
            EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 2) with { IsGrouped = true, Groups = [0, 0], Retries = 1 }));
        _rig.End(0, AttemptEnd.Failed);
        Assert.Equal([1], Ordinals);
        _rig.After(TimeSpan.FromMinutes(1));
        Assert.Equal([1], Ordinals);
        _rig.End(1);
        Assert.Equal([0], Ordinals);
        _rig.End(0);
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
    }

    [Fact]
    public void Groups_that_flow_go_one_by_one_too()
    {
        _rig.Submit(EngineRig.Job("j", 8,
            EngineRig.Stage("a", 0, 1),
            EngineRig.Stage("b", 1, 0) with { From = 0, IsGrouped = true }));
        _rig.End(0);
        Yield(0, 4, 0, 1, 0, 1);
        Assert.Equal([1, 2], Ordinals.Order());
        _rig.End(2);
        Assert.Equal([1, 4], Ordinals.Order());
    }

    private static readonly int[] Groups = [0, 1, 0, 0, 1];

    private static JobStart Grouped() =>
        EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 5) with { IsGrouped = true, Groups = Groups });
}
