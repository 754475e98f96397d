using Amoeba.Deciding;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Deciding;

public sealed class StageInputsTests
{
    private static readonly TaskSpec Sleep = Task("a", new ShSpec("sleep 3"));

    private static readonly TaskSpec Wait = Task("b", new WaitSpec(new Figure(0.5, null)));

    [Fact]
    public void A_tool_without_an_estimate_is_assumed()
    {
        var stage = StageInputs.From(Plan(Sleep), [10]).Single();

        Assert.Equal((10, "sh", true, "assumed"), (stage.Tasks, stage.Tool, stage.Program, stage.SecondsFrom));
        Assert.Equal(32L << 20, stage.Memory);
        Assert.True(stage.CpuAssumed);
    }

    [Fact]
    public void The_plan_s_estimates_win_over_the_defaults()
    {
        var estimate = new EstimateSpec(new Figure(3, null), new Figure(10 << 20, null), null);
        var stage = StageInputs.From(Plan(Sleep with { Estimate = estimate }), [10]).Single();

        Assert.Equal((3, "estimate", 10L << 20), (stage.Seconds, stage.SecondsFrom, stage.Memory));
    }

    [Fact]
    public void A_wait_is_known()
    {
        var stage = StageInputs.From(Plan(Wait), [10]).Single();

        Assert.Equal((0.5, "estimate", 0), (stage.Seconds, stage.SecondsFrom, stage.CpuShare));
        Assert.Equal(1L << 20, stage.Memory);
    }

    [Fact]
    public void A_batch_takes_as_long_as_its_items_and_the_sum_stays()
    {
        var stage = StageInputs.From(Plan(Wait with { Batch = 4 }), [10]).Single();

        Assert.Equal(3, stage.Tasks);
        Assert.Equal(5, stage.Seconds * stage.Tasks, 1e-9);

        var each = StageInputs.From(Plan(Wait with { Batch = 2 }), [3], [[1f, 2f, 4f]]).Single();
        Assert.Equal([3f, 4f], each.EachSeconds!);
        Assert.Equal(7, each.Seconds * each.Tasks, 1e-6);
    }

    [Fact]
    public void Needs_become_places_in_the_plan()
    {
        var last = Task("c", Wait.Do[0]) with { Needs = ["b", "a"] };
        var stages = StageInputs.From(Plan(Sleep, Wait with { Needs = ["a"] }, last), [1, 5, 0]);

        Assert.Equal([0], stages[1].Needs);
        Assert.Equal([1, 0], stages[2].Needs);
        Assert.Equal(0, stages[2].Tasks);
    }

    [Fact]
    public void A_worker_of_our_own_needs_memory_beside_its_task()
    {
        Assert.Equal(65L << 20, StageInputs.From(Plan(Wait), [2], cell: CellKind.Process).Single().Memory);
        Assert.Equal(1L << 20, StageInputs.From(Plan(Wait), [2], cell: CellKind.Thread).Single().Memory);
    }

    [Fact]
    public void Limits_bound_what_is_assumed()
    {
        var limits = new LimitSpec { Cpu = 0.1, Timeout = TimeSpan.FromMilliseconds(200) };
        var stage = StageInputs.From(Plan(Sleep with { Limits = limits }), [2]).Single();

        Assert.Equal((0.2, 0.1), (stage.Seconds, stage.CpuShare));
    }

    [Fact]
    public void What_checks_a_task_counts_as_a_program() =>
        Assert.True(StageInputs.From(Plan(Wait with { Verify = new ShSpec("true") }), [2]).Single().Program);

    private static TaskSpec Task(string id, ToolSpec tool) => new() { Id = id, Type = "t", Do = [tool] };

    private static PlanSpec Plan(params TaskSpec[] tasks) => new() { Name = "p", Type = "t", Tasks = tasks };
}
