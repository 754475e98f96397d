using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Engine;

/// <summary>Jobs that are lost to another parent, and parents that stop.</summary>
public sealed class OwnershipTests : IDisposable
{
    private readonly EngineRig _rig = new(lease: EngineRig.Plenty with { Light = 2 });

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Nothing_of_a_lost_job_starts_when_another_job_is_lost_with_it()
    {
        _rig.Submit(EngineRig.Job("one", 2, EngineRig.Stage("a", 0, 9)));
        _rig.Submit(EngineRig.Job("two", 2, EngineRig.Stage("a", 0, 9)));
        _rig.End(0);
        foreach (var job in (string[])["one", "two"])
        {
            _rig.Store.Acquire(job, "q", 1);
        }

        _rig.Released.Clear();
        _rig.Tell([.. _rig.Running.Select(order => new AttemptEnded(new AttemptResult(order, AttemptEnd.Succeeded)))]);
        Assert.Empty(_rig.Released.OfType<StartAttempt>());
    }

    [Fact]
    public void Nothing_is_written_of_a_job_that_another_parent_owns_while_its_children_go()
    {
        _rig.Submit(EngineRig.Job("one", 2, EngineRig.Stage("a", 0, 9)));
        var order = _rig.Running.First();
        _rig.Store.Acquire("one", "q", 1);
        _rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Succeeded)));
        var batch = new CommitBatch();
        _rig.Core.TakeBatch(batch);
        batch = new CommitBatch();
        _rig.Core.Step(_rig.Now, new MachineSeen(long.MaxValue, 1));
        _rig.Core.TakeBatch(batch);
        Assert.Empty(batch.Jobs);
    }

    [Fact]
    public void A_job_that_comes_while_the_parent_stops_is_left_to_be_resumed()
    {
        _rig.Tell(new StopRequested(TimeSpan.Zero));
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 9)));
        Assert.True(_rig.Core.IsEmpty);
        Assert.Equal(JobState.Interrupted, _rig.Status("j").State);
        Assert.Null(_rig.Store.FindJob("j")!.Owner);
    }

    [Fact]
    public void A_job_that_is_taken_while_the_parent_stops_is_given_up_again()
    {
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 9));
        _rig.Submit(job);
        var next = new EngineRig("q", _rig.Store);
        next.Tell(new StopRequested(TimeSpan.Zero));
        next.Take(job);
        Assert.True(next.Core.IsEmpty);
        Assert.Null(next.Store.FindJob("j")!.Owner);
    }

    [Fact]
    public void A_request_in_the_same_batch_as_the_stop_does_not_run_the_job()
    {
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 9)) with { Asks = Asks.Split, ApprovalHash = "h" });
        _rig.Tell(new StopRequested(TimeSpan.Zero), new JobAsked(
            new RequestRecord("r", "j", "approve", new AnswerArgument("j-a1").Write(), "me", default)));
        Assert.True(_rig.Core.IsEmpty);
        Assert.NotEqual(JobState.Running, _rig.Status("j").State);
    }

    [Fact]
    public void A_job_that_ended_early_is_nobody_elses_before_the_last_of_its_attempts_is_gone()
    {
        _rig.Submit(EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 9)));
        _rig.Ask("j", "cancel");
        Assert.Equal(JobState.Cancelled, _rig.Status("j").State);
        Assert.Equal("p", _rig.Store.FindJob("j")!.Owner);
        _rig.End(0, AttemptEnd.Stopped);
        Assert.Equal("p", _rig.Store.FindJob("j")!.Owner);
        _rig.End(1, AttemptEnd.Stopped);
        Assert.Null(_rig.Store.FindJob("j")!.Owner);
        Assert.True(_rig.Core.IsEmpty);
    }

    [Fact]
    public void A_merge_of_before_a_cancel_is_not_taken_for_the_one_after_the_retry()
    {
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 1)) with { Merge = MergeWay.Edge };
        _rig.Submit(job);
        _rig.End(0, AttemptEnd.Hopeless);
        var old = _rig.Released.OfType<MergeResults>().Single();
        _rig.Ask("j", "cancel");
        _rig.Take(job);
        Assert.Null(_rig.Ask("j", "retry"));
        _rig.End(0);
        _rig.Tell(new MergeEnded("j", old.Number, OutputRef.None, null));
        Assert.Equal(JobState.Running, _rig.Status("j").State);
        _rig.Tell(new MergeEnded("j", _rig.Released.OfType<MergeResults>().Last().Number, OutputRef.None, null));
        Assert.Equal(JobState.Succeeded, _rig.Status("j").State);
    }
}
