using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Stores.Memory;

namespace Amoeba.Tests.Engine;

/// <summary>How often a task is tried, and when never again.</summary>
public sealed class AttemptTests : IDisposable
{
    private readonly MemoryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_failing_task_is_tried_once_more_than_its_retries_and_no_more()
    {
        using var rig = new EngineRig("p", _store);
        rig.Submit(EngineRig.Job("job", 1, Stage() with { Retries = 2 }));
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(attempt, Assert.Single(rig.Running).Attempt);
            rig.End(0, AttemptEnd.Failed);
            rig.After(TimeSpan.FromMinutes(2));
        }

        Assert.Empty(rig.Running);
        Assert.Equal(JobState.Failed, rig.Status("job").State);
        Assert.Equal(3, _store.FindTask("job", 0)!.Attempt);
    }

    [Fact]
    public void The_third_loss_in_a_row_without_progress_ends_a_task()
    {
        var job = EngineRig.Job("job", 1, Stage() with { Items = 2 });
        LoseUnder(job, first: true);
        LoseUnder(job, first: false);
        using var third = new EngineRig("p3", _store);
        third.Take(job);
        Assert.Equal(TaskState.Running, _store.FindTask("job", 0)!.State);
        Assert.Equal(2, _store.FindTask("job", 0)!.Losses);
        using var fourth = new EngineRig("p4", _store);
        fourth.Take(job);
        var lost = _store.FindTask("job", 0)!;
        Assert.Equal(TaskState.Failed, lost.State);
        Assert.Contains("3 times in a row", lost.Error, StringComparison.Ordinal);
        fourth.End(1);
        Assert.Equal((1, 1), (fourth.Status("job").Counts.Succeeded, fourth.Status("job").Counts.Failed));
    }

    [Fact]
    public void Losses_with_progress_between_them_do_not_add_up()
    {
        var job = EngineRig.Job("job", 2, Stage() with { Items = 9 });
        using (var first = new EngineRig("p0", _store))
        {
            first.Submit(job);
        }

        for (var owner = 1; owner <= 5; owner++)
        {
            using var rig = new EngineRig($"p{owner}", _store);
            rig.Take(job);
            Assert.Contains(rig.Running, order => order.Ordinal == 0);
            rig.End(rig.Running.First(order => order.Ordinal != 0).Ordinal);
        }

        Assert.Equal(TaskState.Running, _store.FindTask("job", 0)!.State);
        Assert.Equal(1, _store.FindTask("job", 0)!.Losses);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_task_that_is_not_idempotent_is_never_run_again_by_itself(bool itsParentDies)
    {
        var job = EngineRig.Job("job", 1, Stage() with { Idempotent = false, Retries = 5 });
        using var rig = new EngineRig("p", _store);
        rig.Submit(job);
        if (itsParentDies)
        {
            using var next = new EngineRig("p2", _store);
            next.Take(job);
            Assert.Empty(next.Running);
            Assert.Contains("unknown outcome", _store.FindTask("job", 0)!.Error, StringComparison.Ordinal);
        }
        else
        {
            rig.End(0, AttemptEnd.Failed);
            rig.After(TimeSpan.FromMinutes(5));
            Assert.Empty(rig.Running);
        }

        Assert.Equal(TaskState.Failed, _store.FindTask("job", 0)!.State);
        Assert.Equal(1, _store.FindTask("job", 0)!.Attempt);
    }

    [Fact]
    public void A_first_failure_ends_the_job_also_where_it_is_found_by_the_next_parent()
    {
        var stage = EngineRig.Stage("s", 0, 3) with { Idempotent = false };
        var job = EngineRig.Job("job", 1, stage) with { OnFailure = FailurePolicy.Stop };
        using var rig = new EngineRig("p", _store);
        rig.Submit(job);
        using var next = new EngineRig("p2", _store);
        next.Take(job);
        Assert.Empty(next.Running);
        Assert.Equal(JobState.Failed, next.Status("job").State);
        Assert.Equal((1, 2), (next.Status("job").Counts.Failed, next.Status("job").Counts.Cancelled));
    }

    private static StagePlan Stage() => EngineRig.Stage("s", 0, 1) with { Timeout = TimeSpan.Zero };

    /// <summary>A parent gets the job, starts its first task, and is never heard of again.</summary>
    private void LoseUnder(JobStart job, bool first)
    {
        using var rig = new EngineRig(first ? "p1" : "p2", _store);
        if (first)
        {
            rig.Submit(job);
        }
        else
        {
            rig.Take(job);
        }

        Assert.Equal(0, Assert.Single(rig.Running).Ordinal);
    }
}
