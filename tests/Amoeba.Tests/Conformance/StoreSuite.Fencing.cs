using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Tests.Conformance;

/// <summary>What every store refuses.</summary>
public abstract partial class StoreSuite
{
    [Fact]
    public void Only_one_of_those_who_saw_an_epoch_becomes_the_owner()
    {
        Store.Make("j");
        Assert.Equal(2, Store.Acquire("j", "q", 1));
        Assert.Null(Store.Acquire("j", "r", 1));
        Assert.Null(Store.Acquire("none", "r", 1));
        Assert.Equal(("q", 2), (Store.FindJob("j")!.Owner, Store.FindJob("j")!.Epoch));
    }

    [Fact]
    public void A_write_of_an_earlier_owner_is_left_out_with_everything_of_its_job()
    {
        var job = Store.Make("j");
        Store.AddRequest(Rows.Request("r", "j"));
        Store.Acquire("j", "q", 1);
        var result = Store.Commit(
            [job with { Status = Rows.Status(JobState.Failed) }],
            [Rows.Task("j", 0, TaskState.Running, 1)],
            batch =>
            {
                batch.Children.Add(new("c", "j", "p", CellKind.Thread, ChildState.Ready, null, Rows.Noon));
                batch.Approvals.Add(new("a", "j", "split", "hash", Rows.Noon, null));
                batch.Audits.Add(new(Rows.Noon, "me", "approve", "j", "why"));
                batch.AnsweredRequests.Add(Rows.Request("r", "j") with { Answer = "ok" });
            });
        Assert.Equal(["j"], result.Rejected);
        Assert.Equal(JobState.Running, Store.FindJob("j")!.Status.State);
        Assert.Null(Store.FindTask("j", 0));
        Assert.Empty(Store.ListChildren());
        Assert.Null(Store.FindApproval("j"));
        Assert.Empty(Store.ListAudit(null, 10));
        Assert.Single(Store.ListOpenRequests("j"));
    }

    [Fact]
    public void The_same_epoch_under_another_name_is_refused()
    {
        Store.Make("j");
        Assert.Equal(["j"], Store.Commit([new JobWrite("j", "other", 1, null, Rows.Status(JobState.Failed))]).Rejected);
    }

    [Fact]
    public void A_job_that_is_not_there_and_one_that_is_made_twice_are_refused()
    {
        Store.Make("j");
        var twice = new JobWrite("j", "p", 1, Rows.Job("j"), Rows.Status(JobState.Failed));
        var none = new JobWrite("none", "p", 1, null, Rows.Status(JobState.Failed));
        var result = Store.Commit(
            [twice, none],
            [Rows.Task("j", 0, TaskState.Running, 1), Rows.Task("none", 0, TaskState.Running, 1)]);
        Assert.Equal(["j", "none"], result.Rejected.Order());
        Assert.Equal(JobState.Running, Store.FindJob("j")!.Status.State);
        Assert.Null(Store.FindTask("j", 0));
    }

    [Fact]
    public void A_nested_job_is_made_once_for_a_call_of_a_task()
    {
        var nested = Rows.Job("n1") with { ParentJob = "j", ParentTask = 4, CallNumber = 1 };
        Assert.Empty(Store.Commit([new JobWrite("n1", "p", 1, nested, null)]).Rejected);
        Assert.Equal(["n2"], Store.Commit([new JobWrite("n2", "p", 1, nested with { Id = "n2" }, null)]).Rejected);
        var next = nested with { Id = "n3", CallNumber = 2 };
        Assert.Empty(Store.Commit([new JobWrite("n3", "p", 1, next, null)]).Rejected);
    }

    [Fact]
    public void A_fenced_row_leaves_out_its_job_and_keeps_the_others()
    {
        var (bad, good) = (Store.Make("bad"), Store.Make("good"));
        var made = new JobWrite("made", "p", 1, Rows.Job("made"), Rows.Status(JobState.Queued));
        var result = Store.Commit(
            [
                good with { Status = Rows.Status(JobState.Paused) }, bad with { Status = Rows.Status(JobState.Paused) },
                made,
            ],
            [
                Rows.Task("good", 0, TaskState.Running, 1), Rows.Task("bad", 0, TaskState.Running, 1),
                Rows.Task("bad", 1, TaskState.Succeeded, 3), Rows.Task("made", 0, TaskState.Running, 1),
                Rows.Task("good", 1, TaskState.Running, 1),
            ]);
        Assert.Equal(["bad"], result.Rejected);
        Assert.Equal(JobState.Running, Store.FindJob("bad")!.Status.State);
        Assert.Empty(Store.ReadMarks("bad"));
        Assert.Equal(JobState.Paused, Store.FindJob("good")!.Status.State);
        Assert.Equal(2, Store.ReadMarks("good").Count);
        Assert.Single(Store.ReadMarks("made"));
        Assert.Equal(2, Store.ReadTasksSince("good", 0, 10).Tasks.Count);
        Assert.Empty(Store.ReadTasksSince("bad", 0, 10).Tasks);
    }

    [Theory]
    [InlineData(TaskState.Running, 1, TaskState.Running, 1, false)] // a claim with the same attempt
    [InlineData(TaskState.Running, 2, TaskState.Running, 1, false)] // a stale claim
    [InlineData(TaskState.Running, 1, TaskState.Running, 2, true)] // retried at once
    [InlineData(TaskState.Running, 1, TaskState.Succeeded, 1, true)]
    [InlineData(TaskState.Running, 2, TaskState.Succeeded, 1, false)] // a late result
    [InlineData(TaskState.Running, 1, TaskState.Succeeded, 2, false)]
    [InlineData(TaskState.Running, 1, TaskState.Waiting, 1, true)]
    [InlineData(TaskState.Succeeded, 1, TaskState.Succeeded, 1, false)] // a result that comes twice
    [InlineData(TaskState.Succeeded, 1, TaskState.Failed, 1, false)]
    [InlineData(TaskState.Succeeded, 1, TaskState.Waiting, 1, false)]
    [InlineData(TaskState.Failed, 1, TaskState.Waiting, 1, true)] // a person's retry
    [InlineData(TaskState.Waiting, 1, TaskState.Cancelled, 1, true)]
    [InlineData(null, 0, TaskState.Skipped, 0, true)] // has something to say before its first attempt
    [InlineData(null, 0, TaskState.Succeeded, 1, false)]
    [InlineData(null, 0, TaskState.Running, 0, false)]
    [InlineData(TaskState.Skipped, 0, TaskState.Skipped, 0, true)]
    [InlineData(TaskState.Skipped, 0, TaskState.Running, 1, true)]
    public void A_row_counts_only_with_the_right_attempt(
        TaskState? stored, int storedAttempt, TaskState next, int attempt, bool counts)
    {
        var job = Store.Make("j");
        if (stored is { } first)
        {
            for (var i = 1; i <= storedAttempt; i++)
                Store.Commit([job], [Rows.Task("j", 9, TaskState.Running, i)]);
            if (first != TaskState.Running)
                Store.Commit([job], [Rows.Task("j", 9, first, storedAttempt)]);
        }

        var before = Store.FindTask("j", 9);
        Assert.Equal(stored, before?.State);
        var result = Store.Commit([job], [Rows.Task("j", 9, next, attempt)]);
        Assert.Equal(counts ? [] : ["j"], result.Rejected);
        Assert.Equal(counts ? Rows.Task("j", 9, next, attempt) : before, Store.FindTask("j", 9));
    }

    [Fact]
    public void A_task_row_without_its_job_in_the_batch_is_a_bug()
    {
        Store.Make("j");
        var rev = Store.Rev();
        Assert.Throws<InvalidOperationException>(() => Store.Commit([], [Rows.Task("j", 0, TaskState.Running, 1)]));
        Assert.Equal(rev, Store.Rev());
        Assert.Null(Store.FindTask("j", 0));
    }

    [Fact]
    public void Who_gave_a_job_up_writes_it_no_more()
    {
        var job = Store.Make("j");
        Store.Release("j", "other", 1);
        Assert.Equal("p", Store.FindJob("j")!.Owner);
        Store.Release("j", "p", 1);
        Assert.Null(Store.FindJob("j")!.Owner);
        Assert.Equal(["j"], Store.Commit([job with { Status = Rows.Status(JobState.Failed) }]).Rejected);
        Assert.Equal(2, Store.Acquire("j", "q", 1));
    }

    [Fact]
    public void A_commit_can_be_an_owners_last()
    {
        var job = Store.Make("j");
        Store.Commit([job with { Status = Rows.Status(JobState.Succeeded), Released = true }]);
        Assert.Equal((null, 1, JobState.Succeeded),
            (Store.FindJob("j")!.Owner, Store.FindJob("j")!.Epoch, Store.FindJob("j")!.Status.State));
        var made = new JobWrite("free", "p", 0, Rows.Job("free"), Rows.Status(JobState.Queued), Released: true);
        Store.Commit([made]);
        Assert.Null(Store.FindJob("free")!.Owner);
        Assert.Equal(1, Store.Acquire("free", "q", 0));
    }
}
