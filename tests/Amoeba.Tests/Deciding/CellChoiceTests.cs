using Amoeba.Deciding;
using Amoeba.Jobs;

namespace Amoeba.Tests.Deciding;

/// <summary>What `cell: auto` stands for, and why.</summary>
public sealed class CellChoiceTests
{
    [Theory]
    [InlineData("none", "thread", "Children live in thread cells, the lightest kind there is: ")]
    [InlineData("process", "process", "Children live in process cells, the lightest kind that keeps them out "
        + "of the parent's process")]
    [InlineData("container", "docker", "Children live in docker cells, the only kind that is a container")]
    public void It_is_the_lightest_kind_that_isolates_so_far(string isolation, string cell, string reason)
    {
        var decision = Decider.Decide(Job(10, 5) with { Isolation = Amoeba.Plans.PlanNames.Isolations[isolation] });
        Assert.Equal(cell, Names.Of(decision.Cell));
        Assert.Contains(decision.Reasons, one => one.StartsWith(reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 7200, "detached")] // one long task
    [InlineData(40, 600, "detached")] // 40 times ten minutes on two children
    [InlineData(1, 3000, "thread")]
    [InlineData(100_000, 2, "thread")] // hours of it, but nobody starts a process for two seconds
    public void What_takes_more_than_an_hour_is_detached(int tasks, double seconds, string cell)
    {
        var decision = Decider.Decide(Job(tasks, seconds) with { Wish = 2 });
        Assert.Equal(cell, Names.Of(decision.Cell));
        Assert.Equal(cell == "detached", decision.Reasons.Any(one =>
            one.StartsWith("Children live in detached cells, which go on when the parent ends: ",
                StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(2, 4000, true)] // half of it saved, but for the quarter of a second that a child takes to start
    [InlineData(2, 4, false)] // where that quarter is six percent
    public void Two_equal_tasks_are_split_where_the_start_of_a_heavy_child_is_nothing_beside_them(
        int tasks, double seconds, bool split) =>
        Assert.Equal(split, Decider.Decide(Job(tasks, seconds) with { Cell = CellKind.Detached }).Split);

    [Fact]
    public void A_guess_is_no_reason_and_neither_is_what_the_parent_does_anyway()
    {
        var job = Job(1, 7200);
        Assert.Equal(CellKind.Thread, Decider.Decide(Of(job, stage => stage with { SecondsFrom = "assumed" })).Cell);
        Assert.Equal(CellKind.Thread,
            Decider.Decide(Of(job, stage => stage with { Tool = "chat", Program = false })).Cell);
        Assert.Equal(CellKind.Thread, Decider.Decide(job with { InParent = true }).Cell);
        Assert.Equal(CellKind.Docker, Decider.Decide(job with { Isolation = Isolation.Container }).Cell);
    }

    [Fact]
    public void A_detached_cell_that_cannot_be_used_is_gone_without_in_words()
    {
        var decision = Decider.Decide(Job(1, 7200) with
        {
            WhyNotDetached = "there is no home to keep it in.",
        });
        Assert.Equal(CellKind.Thread, decision.Cell);
        Assert.Contains(
            "Children live in thread cells, though a task is expected to last about 2 h. "
                + "For that a detached cell would be "
            + "right, which goes on when the parent ends, but it cannot be used here: there is no home to keep it in.",
            decision.Reasons);
    }

    [Fact]
    public void What_is_asked_for_is_not_chosen_and_says_nothing()
    {
        var decision = Decider.Decide(Job(1, 7200) with { Cell = CellKind.Process });
        Assert.Equal(CellKind.Process, decision.Cell);
        Assert.DoesNotContain(decision.Reasons, one => one.Contains(" cells", StringComparison.Ordinal));
    }

    [Fact]
    public void A_choice_outlives_the_store_and_second_thoughts()
    {
        var chosen = Decider.Decide(Job(2, 7200) with { Isolation = Isolation.Process });
        Assert.Equal(CellKind.Detached, chosen.Cell);
        Assert.Equal((64 + 32) << 20, chosen.Input.Stages[0].Memory);
        var again = DecisionJson.Read(DecisionJson.Write(chosen)).Input;
        Assert.Equal((CellKind.Detached, Isolation.Process, chosen.Input.CellReason),
            (again.Cell, again.Isolation, again.CellReason));
        var second = Decider.Decide(Of(again, stage => stage with { Seconds = 1, SecondsFrom = "measured" }));
        Assert.Equal(CellKind.Detached, second.Cell);
        Assert.Equal((64 + 32) << 20, second.Input.Stages[0].Memory);
        Assert.Contains(chosen.Input.CellReason!, second.Reasons);
    }

    private static DecisionInput Of(DecisionInput input, Func<StageInput, StageInput> change) =>
        input with { Stages = [.. input.Stages.Select(change)] };

    private static DecisionInput Job(int tasks, double seconds) => new()
    {
        Machine = new MachineInput(4, 8L << 30, 500 << 20, 256, 10, 32, 2L << 30, "off"),
        Stages =
        [
            new StageInput
            {
                Id = "each",
                Tasks = tasks,
                Tool = "sh",
                Program = true,
                Seconds = seconds,
                SecondsFrom = "estimate",
                Memory = 32 << 20,
            },
        ],
    };
}
