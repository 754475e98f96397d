using Amoeba.Deciding;

namespace Amoeba.Tests.Deciding;

public sealed class ApprovalTests
{
    private static readonly Decision Split = Decider.Decide(Given.Job(4, Given.Stage(8, 0.3)));

    private static readonly Decision Whole = Decider.Decide(Given.Job(1, Given.Stage(8, 0.3)));

    [Theory]
    [InlineData("manual", true, false, "split")]
    [InlineData("manual", true, true, "both")]
    [InlineData("manual", false, false, "none")]
    [InlineData("manual", false, true, "spending")]
    [InlineData("rules", true, false, "none")]
    [InlineData("rules", true, true, "spending")]
    [InlineData("learned", true, false, "none")]
    [InlineData("learned", false, true, "spending")]
    public void What_is_asked_follows_from_autonomy_and_money(string level, bool split, bool costs, string asked)
    {
        var decision = split ? Split : Whole;

        Assert.Equal(asked, ApprovalNames.Of(ApprovalPolicy.Ask(decision, ApprovalNames.Level(level)!.Value, costs)));
        Assert.Equal(Asks.None, ApprovalPolicy.Ask(decision, AutonomyLevel.Manual, costs, yes: true));
    }

    [Theory]
    [InlineData("split", "approve", OutcomeKind.RunSplit, 4)]
    [InlineData("split", "sequential", OutcomeKind.RunSequential, 1)]
    [InlineData("split", "deny", OutcomeKind.RunSequential, 1)]
    [InlineData("split", "refuse", OutcomeKind.Refuse, 0)]
    [InlineData("spending", "deny", OutcomeKind.Refuse, 0)]
    [InlineData("both", "deny", OutcomeKind.Refuse, 0)]
    [InlineData("both", "sequential", OutcomeKind.RunSequential, 1)]
    [InlineData("both", "approve", OutcomeKind.RunSplit, 4)]
    public void An_answer_means_what_the_question_makes_of_it(string asked, string answer, object kind, int children)
    {
        var outcome = ApprovalPolicy.Resolve(
            Split, ApprovalNames.Asked(asked)!.Value, new Answer(ApprovalNames.Answer(answer)!.Value));

        Assert.Equal(new Outcome((OutcomeKind)kind, children), outcome);
    }

    [Fact]
    public void Another_number_can_be_approved()
    {
        var two = ApprovalPolicy.Resolve(Split, Asks.Split, new Answer(AnswerKind.Approve, 2));
        var one = ApprovalPolicy.Resolve(Split, Asks.Split, new Answer(AnswerKind.Approve, 1));

        Assert.Equal(new Outcome(OutcomeKind.RunSplit, 2), two);
        Assert.Equal(new Outcome(OutcomeKind.RunSequential, 1), one);
        Assert.Throws<ArgumentException>(
            () => ApprovalPolicy.Resolve(Split, Asks.Split, new Answer(AnswerKind.Approve, 0)));
        Assert.Throws<ArgumentException>(() => ApprovalPolicy.Resolve(Split, Asks.None, new Answer(AnswerKind.Deny)));
    }

    [Fact]
    public void Approving_what_was_to_run_whole_runs_it_whole() => Assert.Equal(
        new Outcome(OutcomeKind.RunSequential, 1),
        ApprovalPolicy.Resolve(Whole, Asks.Spending, new Answer(AnswerKind.Approve)));

    [Fact]
    public void The_answered_decision_has_the_figures_of_the_number_that_was_allowed()
    {
        Assert.Same(Split, Decider.Answered(Split, new Outcome(OutcomeKind.RunSplit, 4), "Yes."));

        var two = Decider.Answered(Split, new Outcome(OutcomeKind.RunSplit, 2), "Two.");
        Assert.Equal((2, 1.2), (two.Children, Math.Round(two.ParallelSeconds, 1)));
        Assert.Equal("Two.", two.Reasons[0]);

        var one = Decider.Answered(Split, new Outcome(OutcomeKind.RunSequential, 1), "No.");
        Assert.Equal((false, 0.0, one.SequentialSeconds), (one.Split, one.Gain, one.ParallelSeconds));
        Assert.Equal("No.", one.Reasons[0]);

        var many = Decider.Answered(Split, new Outcome(OutcomeKind.RunSplit, 5000), "All.");
        Assert.Equal(8, many.Children);
    }

    [Fact]
    public void A_word_that_stands_for_nothing_is_nothing()
    {
        Assert.Null(ApprovalNames.Level("wild"));
        Assert.Null(ApprovalNames.Asked(""));
        Assert.Null(ApprovalNames.Answer("maybe"));
    }
}
