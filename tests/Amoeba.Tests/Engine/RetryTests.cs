using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Engine;

/// <summary>A person's retry of a job that ended.</summary>
public sealed class RetryTests : IDisposable
{
    private readonly EngineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Retrying_one_task_leaves_the_other_failures_counted()
    {
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 2));
        Fail(job, 0, 1);
        _rig.Take(job, goOn: true);
        Assert.Null(_rig.Ask("j", "retry", "0"));
        _rig.End(0);
        Assert.Equal(JobState.Failed, _rig.Status("j").State);
        Assert.Equal((1, 1), (_rig.Status("j").Counts.Succeeded, _rig.Status("j").Counts.Failed));
    }

    [Fact]
    public void What_the_attempts_before_a_retry_cost_is_still_told()
    {
        var job = EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1));
        _rig.Submit(job);
        _rig.End(0, AttemptEnd.Hopeless);
        _rig.Take(job, goOn: true);
        Assert.Null(_rig.Ask("j", "retry"));
        _rig.End(0);
        var row = Assert.Single(_rig.Store.ReadTasks("j", 0, 9));
        Assert.Equal((2, TaskState.Succeeded), (row.Attempt, row.State));
        var earlier = Assert.Single(row.Earlier);
        Assert.Equal(1, earlier.Attempt);
        Assert.NotNull(earlier.Child);
        Assert.NotNull(earlier.Figures);
        Assert.NotNull(earlier.Error);
    }

    [Fact]
    public void A_retry_of_no_task_is_refused()
    {
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 2));
        Fail(job, 0, 1);
        _rig.Take(job, goOn: true);
        Assert.NotNull(_rig.Ask("j", "retry", "7"));
        Assert.NotNull(_rig.Ask("j", "retry", "nonsense"));
        Assert.Equal(JobState.Failed, _rig.Status("j").State);
    }

    [Fact]
    public void A_merge_that_failed_is_retried_only_after_the_tasks_it_joins()
    {
        var job = WithMerge();
        _rig.Submit(job);
        _rig.End(0, AttemptEnd.Hopeless);
        _rig.End(1);
        _rig.End(2, AttemptEnd.Hopeless);
        Assert.Equal(JobState.Failed, _rig.Status("j").State);
        _rig.Take(job, goOn: true);
        Assert.Null(_rig.Ask("j", "retry"));
        Assert.Equal([0], _rig.Running.Select(order => order.Ordinal));
        _rig.End(0);
        _rig.End(2);
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
    }

    [Fact]
    public void A_merge_waits_for_retried_tasks_after_a_crash_too()
    {
        var job = WithMerge();
        _rig.Submit(job);
        _rig.End(0, AttemptEnd.Hopeless);
        _rig.End(1);
        _rig.End(2, AttemptEnd.Hopeless);
        _rig.Take(job, goOn: true);
        Assert.Null(_rig.Ask("j", "retry"));
        var next = new EngineRig("q", _rig.Store);
        next.Take(job);
        Assert.Equal([0], next.Running.Select(order => order.Ordinal));
        next.End(0);
        next.End(2);
        Assert.Equal(JobState.Succeeded, next.Status("j").State);
    }

    [Fact]
    public void A_merge_that_succeeded_without_the_failed_tasks_is_made_again()
    {
        var job = WithMerge();
        _rig.Submit(job);
        _rig.End(0, AttemptEnd.Hopeless);
        _rig.End(1);
        _rig.End(2, output: "half");
        _rig.Take(job, goOn: true);
        Assert.Null(_rig.Ask("j", "retry"));
        _rig.End(0);
        _rig.End(2, output: "whole");
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
        Assert.Equal("whole"u8.ToArray(), _rig.Status("j").Output.Inline.ToArray());
    }

    [Fact]
    public void A_job_that_was_cancelled_can_be_retried_to_its_end()
    {
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 30));
        _rig.Submit(job);
        _rig.End(0);
        Assert.Null(_rig.Ask("j", "cancel"));
        _rig.Running.Clear();
        _rig.Take(job);
        Assert.Null(_rig.Ask("j", "retry"));
        while (_rig.Running.Count > 0)
        {
            _rig.End(_rig.Running[0].Ordinal);
        }

        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
        Assert.Equal(30, _rig.Status("j").Counts.Succeeded);
    }

    [Fact]
    public void A_retry_together_with_the_cancel_before_it_does_not_forget_the_job()
    {
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 30));
        _rig.Submit(job);
        _rig.Tell(Asked("1", "cancel"), Asked("2", "retry"));
        Assert.True(_rig.Status("j").State == JobState.Cancelled || _rig.Core.Jobs.Count == 1);
        Assert.Equal(_rig.Status("j").State == JobState.Cancelled,
            _rig.Released.OfType<AnswerRequest>().Single(answer => answer.Id == "2").Error is not null);

        static JobAsked Asked(string id, string kind) =>
            new(new(id, "j", kind, null, "me", DateTimeOffset.UnixEpoch), []);
    }

    [Fact]
    public void A_held_job_that_ended_is_settled_for_who_waits()
    {
        var job = EngineRig.Job("j", 1, EngineRig.Stage("a", 0, 1));
        _rig.Submit(job);
        _rig.End(0);
        _rig.Released.Clear();
        _rig.Take(job);
        Assert.Contains(new JobSettled("j", JobState.Succeeded), _rig.Released);
    }

    private static JobStart WithMerge() => EngineRig.Job("j", 4, EngineRig.Stage("a", 0, 2),
        EngineRig.Stage("merge", 2, 1, 0) with { IsMerge = true });

    private void Fail(JobStart job, params int[] ordinals)
    {
        _rig.Submit(job);
        foreach (var ordinal in ordinals)
        {
            _rig.End(ordinal, AttemptEnd.Hopeless);
        }

        Assert.Equal(JobState.Failed, _rig.Status(job.Record.Id).State);
    }

    [Fact]
    public void A_claim_that_was_taken_back_leaves_a_row_that_ends_with_its_job()
    {
        _rig.Submit(EngineRig.Job("taken", 2, EngineRig.Stage("a", 0, 3)) with { OnFailure = FailurePolicy.Stop });
        Assert.Null(_rig.Ask("taken", "freeze"));
        var first = _rig.Running.Single(order => order.Ordinal == 0);
        _rig.Running.Remove(first);
        // Its child is claimed for the next task, and gone, before any of that is on the disk.
        _rig.Tell(
            new AttemptEnded(new AttemptResult(first, AttemptEnd.Succeeded)),
            new ChildFailed(first.Child, "signal SEGV"));
        Assert.Equal((TaskState.Waiting, 0),
            (_rig.Store.FindTask("taken", 2)!.State, _rig.Store.FindTask("taken", 2)!.Attempt));
        _rig.End(1, AttemptEnd.Failed);
        Assert.Equal(JobState.Failed, _rig.Status("taken").State);
        Assert.Equal(TaskState.Cancelled, _rig.Store.FindTask("taken", 2)!.State);
    }

    [Fact]
    public void What_needs_a_flow_runs_only_when_a_retry_made_that_whole()
    {
        var job = EngineRig.Job("flow", 4, EngineRig.Stage("a", 0, 2), EngineRig.Stage("b", 2, 0) with { From = 0 },
            EngineRig.Stage("c", 1002, 2, 1));
        _rig.Submit(job);
        _rig.End(0);
        _rig.Tell(new ItemsYielded("flow", 1, 0, 0, []));
        _rig.End(1, AttemptEnd.Failed);
        Assert.Equal((JobState.Failed, 2), (_rig.Status("flow").State, _rig.Status("flow").Counts.Skipped));
        _rig.Take(job, goOn: true, new StageFlow(1, 0, [], new HashSet<int> { 0 }));
        Assert.Null(_rig.Ask("flow", "retry"));
        _rig.End(1);
        _rig.Tell(new ItemsYielded("flow", 1, 1, 1, []));
        _rig.End(2, AttemptEnd.Failed);
        var status = _rig.Status("flow");
        Assert.Equal((JobState.Failed, 2, 1, 2),
            (status.State, status.Counts.Succeeded, status.Counts.Failed, status.Counts.Skipped));

        _rig.Take(job, goOn: true, new StageFlow(1, 1, [], new HashSet<int> { 0, 1 }));
        Assert.Null(_rig.Ask("flow", "retry"));
        _rig.End(2);
        _rig.End(1002);
        _rig.End(1003);
        Assert.Equal((JobState.Succeeded, 5), (_rig.Status("flow").State, _rig.Status("flow").Counts.Succeeded));
    }
}
