using Amoeba.Deciding;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Deciding;

/// <summary>What decides is named first, for each thing that can decide.</summary>
public sealed class ReasonTests
{
    private static readonly StageInput Programs = Given.Stage(100, 1, tool: "run");

    [Fact]
    public void The_cap_on_programs_holds_a_wish_back()
    {
        var decision = Decider.Decide(Given.Job(50, Programs));

        Assert.Equal(32, decision.Children);
        Assert.EndsWith("Asked for 50, held to 32 by the cap on programs (caps.programs).", decision.Reasons[0]);
    }

    [Fact]
    public void The_cap_on_light_children_holds_an_open_number_back()
    {
        var job = Given.Job(null, Given.Stage(100, 1)) with { Machine = Given.Machine with { Light = 5 } };
        var decision = Decider.Decide(job);

        Assert.Equal(5, decision.Children);
        Assert.EndsWith("Held to 5 by the cap on light children (caps.light).", decision.Reasons[0]);
    }

    [Fact]
    public void A_cap_is_named_where_a_split_was_asked_for_without_a_number()
    {
        var job = Given.Job(null, Given.Stage(100, 1)) with
        {
            Strategy = Strategy.Parallel,
            Machine = Given.Machine with { Light = 5 },
        };
        var decision = Decider.Decide(job);

        Assert.StartsWith("5 children, as asked, bring 100 tasks", decision.Reasons[0]);
        Assert.EndsWith("Held to 5 by the cap on light children (caps.light).", decision.Reasons[0]);
    }

    [Fact]
    public void A_cap_that_leaves_room_for_one_is_named()
    {
        var job = Given.Job(null, Given.Stage(100, 1)) with { Machine = Given.Machine with { Light = 1 } };

        Assert.Equal(
            "One after the other: held to 1 at a time by the cap on light children (caps.light).",
            Decider.Decide(job).Reasons[0]);
        Assert.Equal(1, Decider.Decide(job with { Wish = 8 }).Children);
    }

    [Fact]
    public void The_cap_on_heavy_children_holds_a_wish_back()
    {
        var decision = Decider.Decide(Given.Job(20, Given.Stage(100, 60)) with { Cell = CellKind.Process });

        Assert.Equal(10, decision.Children);
        Assert.Equal(CellKind.Process, decision.Cell);
        Assert.EndsWith("Asked for 20, held to 10 by the cap on heavy children (caps.heavy).", decision.Reasons[0]);
    }

    [Fact]
    public void The_cap_on_memory_holds_back_and_says_what_a_task_needs()
    {
        var decision = Decider.Decide(Given.Job(8, Given.Stage(100, 1) with { Memory = 700L << 20 }));

        Assert.Equal(2, decision.Children);
        Assert.Equal(1400L << 20, decision.MemoryBytes);
        Assert.EndsWith(
            "held to 2 by the cap on memory of 2 GB (caps.memory) at up to 700 MB a task.", decision.Reasons[0]);
    }

    [Fact]
    public void A_machine_without_memory_to_spare_runs_one_after_the_other()
    {
        var job = Given.Job(8, Given.Stage(10, 1)) with { Machine = Given.Machine with { FreeMemory = 400L << 20 } };
        var decision = Decider.Decide(job);

        Assert.False(decision.Split);
        Assert.Equal(
            "One after the other: held to 1 at a time by the 0 B of memory that are free beyond the reserve, at up to "
            + "1 MB a task.", decision.Reasons[0]);
    }

    [Fact]
    public void One_large_task_beside_many_small_ones_leaves_room_for_the_small_ones()
    {
        var decision = Decider.Decide(Given.Job(
            20, Given.Stage(1, 10, "large") with { Memory = 1500L << 20 }, Given.Stage(30, 1, "small")));

        Assert.Equal(20, decision.Children);
    }

    [Fact]
    public void Zones_shrink_the_width_and_say_so()
    {
        var job = Given.Job(10, Given.Stage(20, 0.5));
        var warning = Decider.Decide(job with { Machine = Given.Machine with { Zone = "warning" } });
        var danger = Decider.Decide(job with { Machine = Given.Machine with { Zone = "danger" } });
        var open = Decider.Decide(job with { Wish = null, Machine = Given.Machine with { Zone = "danger" } });

        Assert.Equal(4, warning.Children);
        Assert.EndsWith("warning zone, which leaves two fifths of the width.", warning.Reasons[0]);
        Assert.False(danger.Split);
        Assert.StartsWith("One after the other. The machine is in its danger zone", danger.Reasons[0]);
        Assert.Equal(danger.Reasons[0], open.Reasons[0]);
    }

    [Fact]
    public void A_gain_under_the_threshold_is_named_with_the_threshold()
    {
        var decision = Decider.Decide(Given.Job(null, Given.Stage(2, 1), Given.Stage(30, 1, "b", needs: 0)) with
        {
            Cell = CellKind.Docker,
            Machine = Given.Machine with { DockerPerMinute = 2 },
        });

        Assert.False(decision.Split);
        Assert.Matches(
            @"^One after the other: \d+ children would save \d+% of 33 s, and a split has to save 50% \(gain.heavy\).$",
            decision.Reasons[0]);
    }

    [Fact]
    public void Tasks_that_take_no_time_are_not_split()
    {
        var decision = Decider.Decide(Given.Job(null, Given.Stage(10_000, 0)));

        Assert.False(decision.Split);
        Assert.Equal(
            "One after the other: more children would not end sooner than the 1 ms that one takes.",
            decision.Reasons[0]);
    }

    [Theory]
    [InlineData("estimate", "estimated by the plan")]
    [InlineData("history", "from earlier runs")]
    [InlineData("measured", "from this job's first results")]
    [InlineData("assumed", "which is assumed, because neither the plan nor earlier runs say")]
    public void Where_the_seconds_come_from_is_said(string from, string words)
    {
        var decision = Decider.Decide(Given.Job(10, Given.Stage(20, 0.5, from: from)));

        Assert.Equal($"A task is taken to last about 0.5 s on average, {words}.", decision.Reasons[1]);
    }

    [Fact]
    public void The_cell_that_auto_chose_is_said_and_one_that_was_asked_for_is_not()
    {
        var job = Given.Job(10, Given.Stage(20, 0.5));

        Assert.Contains(Decider.Decide(job).Reasons, reason => reason.Contains("thread cells, the lightest kind"));
        Assert.DoesNotContain(
            Decider.Decide(job with { Cell = CellKind.Thread }).Reasons, reason => reason.Contains("lightest"));
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.0001, "under 1 ms")]
    [InlineData(0.02, "20 ms")]
    [InlineData(0.5, "0.5 s")]
    [InlineData(1.01, "1.0 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(119, "119 s")]
    [InlineData(125, "2 min 5 s")]
    [InlineData(3600, "60 min")]
    [InlineData(7200, "2 h")]
    [InlineData(9000, "2 h 30 min")]
    [InlineData(200_000, "2 days 8 h")]
    public void Seconds_are_said_as_people_say_them(double seconds, string said) =>
        Assert.Equal(said, Say.Seconds(seconds));
}
