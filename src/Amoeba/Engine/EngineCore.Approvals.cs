using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;

namespace Amoeba.Engine;

/// <summary>What a person is asked, and the answers.</summary>
internal sealed partial class EngineCore
{
    /// <summary>Stands for the answer that was configured for a question that nobody answers.</summary>
    private const string Expired = "expired";

    private void AskForApproval(LiveJob job)
    {
        var expiry = job.Start.Expiry;
        job.Decision = job.Start.Decision; // with what it would cost today
        job.Move(JobState.AwaitingApproval);
        job.Reason = $"waits for a person to allow the {AsksInWords(job.Start.Asks)}";
        job.Approval = NewApproval(job) with
        {
            Expires = expiry is null ? null : _now.Wall + expiry.After,
            ExpiresInto = expiry is null ? null : ApprovalNames.Of(expiry.Answer),
        };
        job.ApprovalDue = expiry is null ? long.MaxValue : _now.Uptime + expiry.After.Ticks;
        _approvals.Add(job.Approval);
        MarkDirty(job);
        _effects.Add(new JobSettled(job.Id, job.State));
    }

    /// <summary>What is asked is about what would run now, not about what was decided when the job came.</summary>
    private void AskAnew(LiveJob job)
    {
        job.Decision = job.Start.Decision;
        job.Width = Math.Max(1, job.Decision.Children);
        AskForApproval(job);
    }

    private static bool AsksMoreThan(LiveJob job, ApprovalRecord approval) =>
        (job.Start.Asks & ~(ApprovalNames.Asked(approval.Asks) ?? Asks.None)) != Asks.None;

    private ApprovalRecord NewApproval(LiveJob job) => new(
        QuestionId(job), job.Id, ApprovalNames.Of(job.Start.Asks), job.Start.ApprovalHash, _now.Wall, null);

    /// <summary>No question has the id of an earlier one: an answer says which it answers.</summary>
    private static string QuestionId(LiveJob job)
    {
        var id = $"{job.Id}-a{job.Epoch}";
        return job.Approval?.Id.StartsWith(id, StringComparison.Ordinal) == true ? $"{job.Approval.Id}'" : id;
    }

    /// <summary>
    /// Nothing is asked of what would run now, or somebody allowed just that: an answer that covers less, or another
    /// plan, price or folder, allows nothing.
    /// </summary>
    private static bool IsAllowed(LiveJob job)
    {
        var asks = job.Start.Asks;
        if (job.Approval is not { Answer: { } word } approval)
        {
            return asks == Asks.None;
        }

        var asked = ApprovalNames.Asked(approval.Asks) ?? Asks.None;
        return ApprovalNames.Answer(word == Expired ? approval.ExpiresInto ?? "" : word) switch
        {
            AnswerKind.Refuse => asks == Asks.None,
            AnswerKind.Deny => (asks & ~Asks.Split) == Asks.None, // one by one, whatever it is that is split
            _ => (asks & ~asked) == Asks.None && approval.Hash == job.Start.ApprovalHash,
        };
    }

    private static string AsksInWords(Asks asks) =>
        asks == Asks.Both ? "split and the spending" : ApprovalNames.Of(asks);

    /// <summary>
    /// A waiting job that was taken up: its request may have expired, or be about something else by now.
    /// </summary>
    private void RenewApproval(LiveJob job)
    {
        var approval = job.Approval;
        if (approval is null || approval.Hash != job.Start.ApprovalHash || AsksMoreThan(job, approval))
        {
            job.Move(JobState.Queued);
            AskAnew(job);
            return;
        }

        if (approval.Expires is { } expires)
        {
            job.ApprovalDue = _now.Uptime + Math.Max(0, (expires - _now.Wall).Ticks);
        }

        _effects.Add(new JobSettled(job.Id, job.State));
    }

    /// <summary>Gives the answer that was configured when it was asked, whatever is configured now.</summary>
    private void ExpireApproval(LiveJob job)
    {
        job.ApprovalDue = long.MaxValue;
        if (job.State == JobState.AwaitingApproval)
        {
            var answer = ApprovalNames.Answer(job.Approval!.ExpiresInto ?? "") ?? AnswerKind.Deny;
            Decide(job, new Answer(answer), "amoeba", Expired);
        }
    }

    private string? AnswerApproval(LiveJob job, RequestRecord request)
    {
        if (job.State != JobState.AwaitingApproval)
        {
            return job.Approval?.Answer is { } earlier
                ? $"job {job.Id} was answered already: {earlier}, by {job.Approval.By}"
                : $"job {job.Id} is {Names.Of(job.State)} and waits for no approval";
        }

        if (AnswerArgument.Read(request.Argument) is not { } given)
        {
            return $"the answer does not say what it answers; `amoeba show {job.Id}` shows what is asked";
        }

        if (given.Question != job.Approval?.Id)
        {
            return $"what job {job.Id} would run has changed since you were asked, so nothing was answered; look at it "
                + "again and answer that";
        }

        if (given.Children < 1)
        {
            return $"{given.Children} is no number of children: give 1 or more";
        }

        if (given.Children > MostChildren(job))
        {
            return $"{given.Children} children are over the cap of "
                + $"{MostChildren(job)} ({(IsHeavy(job) ? "caps.heavy" : "caps.light")})";
        }

        Decide(job, new Answer(ApprovalNames.Answer(request.Kind)!.Value, given.Children), request.By, request.Kind);
        return null;
    }

    private void Decide(LiveJob job, Answer answer, string by, string word)
    {
        _effects.Add(new JobUnsettled(job.Id));
        var outcome = ApprovalPolicy.Resolve(job.Decision, job.Start.Asks, answer);
        job.Approval = job.Approval! with { Answer = word, Children = answer.Children, Answered = _now.Wall, By = by };
        job.ApprovalDue = long.MaxValue;
        _approvals.Add(job.Approval);
        Audit(by, word, job.Id, $"{job.Approval.Asks}, {Say.Count(outcome.Children, "child", "children")}");
        switch (outcome.Kind)
        {
            case OutcomeKind.Refuse:
                EndEarly(job, JobState.Cancelled, $"refused by {by}");
                return;
            default:
                job.Decision = Decider.Answered(job.Decision, outcome, $"{by} said {word}.");
                break;
        }

        job.Width = job.Decision.Children;
        job.Move(JobState.Queued);
        job.Reason = $"approved by {by}; it has not started yet";
        MarkDirty(job);
        if (job.GoOn)
        {
            Begin(job);
        }
    }
}
