using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Engine;

/// <summary>What a person is asked, and what becomes of the answer.</summary>
public sealed class QuestionTests : IDisposable
{
    private static readonly ApprovalExpiry Soon = new(TimeSpan.FromHours(1), AnswerKind.Refuse);

    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("approve")]
    [InlineData("sequential")]
    [InlineData("deny")]
    [InlineData("refuse")]
    public void An_answer_to_a_question_that_was_asked_anew_meanwhile_answers_nothing(string kind)
    {
        _rig.Submit(Job());
        var seen = Question();
        using var next = new EngineRig("q", _rig.Store);
        next.Take(Job() with { ApprovalHash = "another" });
        Assert.Contains("has changed", next.Ask("j", kind, seen), StringComparison.Ordinal);
        Assert.Equal(JobState.AwaitingApproval, next.Status("j").State);
        Assert.Empty(next.Running);
        Assert.Null(next.Store.FindApproval("j")!.Answer);
        Assert.Null(next.Ask("j", "approve", Question()));
        Assert.NotEmpty(next.Running);
    }

    [Fact]
    public void An_answer_to_the_same_question_counts_whoever_owns_the_job_by_then()
    {
        _rig.Submit(Job());
        var seen = Question();
        using var next = new EngineRig("q", _rig.Store);
        next.Take(Job());
        Assert.Null(next.Ask("j", "approve", seen));
        Assert.NotEmpty(next.Running);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("3")]
    [InlineData("{}")]
    [InlineData("{\"question\":7}")]
    [InlineData("no json")]
    public void An_answer_that_does_not_say_what_it_answers_is_refused(string? argument)
    {
        _rig.Submit(Job());
        Assert.Contains("does not say what it answers", _rig.Ask("j", "approve", argument), StringComparison.Ordinal);
        Assert.Equal(JobState.AwaitingApproval, _rig.Status("j").State);
    }

    [Theory]
    [InlineData(0, "no number of children")]
    [InlineData(1000, "over the cap")]
    public void A_number_that_cannot_be_is_refused_and_the_question_stays(int children, string why)
    {
        _rig.Submit(Job());
        Assert.Contains(why, _rig.Ask("j", "approve", Question(children)), StringComparison.Ordinal);
        Assert.Null(_rig.Ask("j", "approve", Question(3)));
        Assert.Equal(3, _rig.Status("j").Width);
    }

    [Theory]
    [InlineData("refuse")]
    [InlineData("deny")]
    [InlineData("cancel")]
    [InlineData("expired")]
    public void A_retry_of_what_nobody_allowed_asks_first(string end)
    {
        var job = Job() with { Asks = Asks.Both, Expiry = Soon };
        _rig.Submit(job);
        if (end == "expired") _rig.After(TimeSpan.FromHours(2));
        else Assert.Null(_rig.Ask("j", end, end == "cancel" ? null : Question()));
        Assert.Equal(JobState.Cancelled, _rig.Status("j").State);
        using var next = new EngineRig("q", _rig.Store);
        next.Take(job);
        Assert.Null(next.Ask("j", "retry"));
        Assert.Equal(JobState.AwaitingApproval, next.Status("j").State);
        Assert.Empty(next.Running);
        Assert.Null(next.Ask("j", "approve", Question()));
        Assert.NotEmpty(next.Running);
    }

    [Fact]
    public void A_retry_of_what_was_allowed_does_not_ask_again()
    {
        _rig.Submit(Job());
        Assert.Null(_rig.Ask("j", "approve", Question()));
        Assert.Null(_rig.Ask("j", "cancel"));
        using var next = new EngineRig("q", _rig.Store);
        next.Take(Job());
        Assert.Null(next.Ask("j", "retry"));
        Assert.Equal(JobState.Running, next.Status("j").State);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("split")]
    public void A_job_that_came_to_cost_money_asks_before_it_goes_on(string asked)
    {
        var job = Job() with { Asks = ApprovalNames.Asked(asked)!.Value };
        _rig.Submit(job);
        if (asked == "split") Assert.Null(_rig.Ask("j", "approve", Question()));
        Assert.NotEmpty(_rig.Running);
        using var next = new EngineRig("q", _rig.Store);
        next.Take(job with { Asks = job.Asks | Asks.Spending }, goOn: true);
        Assert.Equal(JobState.AwaitingApproval, next.Status("j").State);
        Assert.Empty(next.Running);
    }

    [Fact]
    public void A_question_expires_into_the_answer_that_was_configured_when_it_was_asked()
    {
        _rig.Submit(Job() with { Expiry = Soon });
        using var next = new EngineRig("q", _rig.Store);
        next.Take(Job()); // by now the configuration says nothing of expiry
        next.After(TimeSpan.FromMinutes(59));
        Assert.Equal(JobState.AwaitingApproval, next.Status("j").State);
        next.After(TimeSpan.FromMinutes(2));
        Assert.Equal(JobState.Cancelled, next.Status("j").State);
        Assert.Equal("expired", next.Store.FindApproval("j")!.Answer);
    }

    [Fact]
    public void A_question_that_was_asked_for_ever_does_not_begin_to_expire()
    {
        _rig.Submit(Job());
        using var next = new EngineRig("q", _rig.Store);
        next.Take(Job() with { Expiry = Soon });
        next.After(TimeSpan.FromDays(30));
        Assert.Equal(JobState.AwaitingApproval, next.Status("j").State);
    }

    [Fact]
    public void A_question_of_before_answers_were_kept_with_it_expires_into_deny()
    {
        _rig.Submit(Job() with { Expiry = Soon });
        var asked = _rig.Store.FindApproval("j")!;
        _rig.Store.Commit(new() { Approvals = { asked with { ExpiresInto = null } } });
        using var next = new EngineRig("q", _rig.Store);
        next.Take(Job() with { Expiry = Soon });
        next.After(TimeSpan.FromHours(2));
        Assert.Equal((JobState.Running, 1), (next.Status("j").State, next.Status("j").Width));
    }

    [Fact]
    public void A_question_that_expired_while_nobody_owned_the_job_is_not_answered_any_more()
    {
        _rig.Submit(Job() with { Expiry = Soon });
        var seen = Question();
        using var next = new EngineRig("q", _rig.Store);
        next.After(TimeSpan.FromHours(3));
        next.Take(Job());
        Assert.NotNull(next.Ask("j", "approve", seen));
        Assert.Equal(JobState.Cancelled, next.Status("j").State);
    }

    private static JobStart Job() => EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 9)) with
    {
        Asks = Asks.Split,
        ApprovalHash = "one",
    };

    private string Question(int? children = null) =>
        new AnswerArgument(_rig.Store.FindApproval("j")!.Id, children).Write();
}
