using Amoeba.Deciding;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Deciding;

public sealed class DeciderTests
{
    [Fact]
    public void Twenty_tasks_of_half_a_second_and_a_wish_for_ten_are_split_in_ten()
    {
        var decision = Decider.Decide(Given.Job(10, Given.Stage(20, 0.5)));

        Assert.True(decision.Split);
        Assert.Equal(10, decision.Children);
        Assert.Equal(10, decision.SequentialSeconds, 0.1);
        Assert.Equal(1, decision.ParallelSeconds, 0.1);
        Assert.InRange(decision.Gain, 0.85, 0.91);
        Assert.Equal(CellKind.Thread, decision.Cell);
        Assert.Equal(10L << 20, decision.MemoryBytes);
        Assert.StartsWith(
            "10 children, as asked, bring 20 tasks from 10 s one after the other to about 1.0 s:", decision.Reasons[0]);
        Assert.Contains("estimated by the plan", decision.Reasons[1]);
    }

    [Theory]
    [InlineData(8, 0.3, 4, 0.6)]
    [InlineData(100, 3, 10, 30)]
    [InlineData(12, 1, 5, 3)]
    public void A_wish_is_followed_exactly(int tasks, double seconds, int wish, double makespan)
    {
        var decision = Decider.Decide(Given.Job(wish, Given.Stage(tasks, seconds)));

        Assert.Equal(wish, decision.Children);
        Assert.Equal(makespan, decision.ParallelSeconds, 0.05);
    }

    [Fact]
    public void A_guess_at_the_processors_that_programs_need_does_not_speak_against_a_wish()
    {
        var decision = Decider.Decide(Given.Job(10, Given.Stage(100, 3, tool: "sh")));

        Assert.Equal(10, decision.Children);
        Assert.Equal(30, decision.ParallelSeconds, 0.1);
        Assert.Contains(decision.Reasons, reason => reason.Contains("none slows another down"));
    }

    [Fact]
    public void Without_a_wish_programs_get_as_many_children_as_keep_the_processors_busy()
    {
        var decision = Decider.Decide(Given.Job(null, Given.Stage(100, 3, tool: "run")));

        Assert.True(decision.Split);
        Assert.Equal(4, decision.Children);
        Assert.Equal(75, decision.ParallelSeconds, 0.5);
    }

    [Fact]
    public void A_chain_is_never_split()
    {
        var decision = Decider.Decide(Given.Job(
            8, Given.Stage(1, 1, "a"), Given.Stage(1, 1, "b", needs: 0), Given.Stage(1, 1, "c", needs: 1)));

        Assert.False(decision.Split);
        Assert.Equal(1, decision.Children);
        Assert.Equal(0, decision.Gain);
        Assert.Equal(3, decision.SequentialSeconds, 0.01);
        Assert.Equal(Reasons.Chain, decision.Reasons[0]);
    }

    [Fact]
    public void A_diamond_is_split_as_wide_as_it_is()
    {
        var decision = Decider.Decide(Given.Job(
            8, Given.Stage(1, 1, "a"), Given.Stage(1, 2, "b", needs: 0), Given.Stage(1, 2, "c", needs: 0),
            Given.Stage(1, 1, "d", needs: [1, 2])));

        Assert.Equal(2, decision.Children);
        Assert.Equal(6, decision.SequentialSeconds, 0.01);
        Assert.Equal(4, decision.ParallelSeconds, 0.01);
        Assert.Contains("no more than 2 tasks are ever ready at once", decision.Reasons[0]);
    }

    [Fact]
    public void Sequential_is_sequential_whatever_it_would_gain()
    {
        var job = Given.Job(10, Given.Stage(20, 0.5));
        var sequential = job with { Strategy = Strategy.Sequential };

        Assert.Equal(Reasons.SequentialStrategy, Decider.Decide(sequential).Reasons[0]);
        Assert.Equal(Reasons.OneChild, Decider.Decide(job with { Wish = 1 }).Reasons[0]);
        Assert.Equal(1, Decider.Decide(job with { Wish = 1, Strategy = Strategy.Parallel }).Children);
    }

    [Fact]
    public void Nothing_and_one_are_not_split()
    {
        var none = Decider.Decide(Given.Job(4, Given.Stage(0, 1)));
        Assert.Equal((Reasons.Empty, 0.0, 0.0), (none.Reasons[0], none.SequentialSeconds, none.ParallelSeconds));
        Assert.Equal(Reasons.Single, Decider.Decide(Given.Job(4, Given.Stage(1, 1))).Reasons[0]);
        Assert.Equal(Reasons.Empty, Decider.Decide(Given.Job(null)).Reasons[0]);
    }

    [Fact]
    public void Strategy_parallel_splits_what_would_not_be_worth_it()
    {
        var job = Given.Job(null, Given.Stage(2, 0.0005));

        Assert.False(Decider.Decide(job).Split);
        Assert.True(Decider.Decide(job with { Strategy = Strategy.Parallel }).Split);
    }

    [Fact]
    public void A_million_tasks_that_are_alike_are_decided_like_ten()
    {
        var decision = Decider.Decide(Given.Job(null, Given.Stage(1_000_000, 0.5)));

        Assert.InRange(decision.Children, 240, 256);
        Assert.Equal(500_000, decision.SequentialSeconds, 1);
    }

    [Fact]
    public void Stages_that_are_ready_together_start_with_the_longest()
    {
        var decision = Decider.Decide(Given.Job(
            2, Given.Stage(1, 1, "a"), Given.Stage(1, 1, "b"), Given.Stage(1, 2, "long")));

        Assert.Equal(2, decision.ParallelSeconds, 0.01);
    }
}
