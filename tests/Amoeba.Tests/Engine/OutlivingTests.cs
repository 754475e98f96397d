using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Engine;

/// <summary>Attempts that outlive their parent, as the engines before and after see them.</summary>
public sealed class OutlivingTests : IDisposable
{
    private static readonly Lease Heavy = EngineRig.Plenty with { Heavy = 2 };

    private readonly EngineRig _rig = new(lease: Heavy);

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_parent_that_stops_leaves_them_and_the_next_takes_them_up_under_their_numbers()
    {
        var job = Job(4);
        Start(job);
        _rig.Tell(new StopRequested(TimeSpan.FromSeconds(5)));
        Assert.Equal(2, _rig.Released.OfType<LeaveChild>().Count());
        Assert.Empty(_rig.Released.OfType<StopAttempt>());
        Assert.True(_rig.Core.IsEmpty);
        Assert.Equal(JobState.Interrupted, _rig.Status("j").State);
        var left = RunningRows();
        Assert.Equal([0, 1], left.Select(row => row.Ordinal));

        var next = new EngineRig("q", _rig.Store, Heavy);
        TakeUp(next, job, 0, 1);
        Assert.All(next.Running, order => Assert.True(order.TakesUp));
        Assert.Equal(left.Select(row => (row.Ordinal, row.Attempt, row.Child!)),
            next.Running.Select(order => (order.Ordinal, order.Attempt, order.Child)));
        foreach (var ordinal in (int[])[1, 0, 2, 3])
        {
            // Each of those that follow is a start of its own, and has to wait for its turn.
            while (!next.Running.Exists(order => order.Ordinal == ordinal)) next.After(TimeSpan.FromSeconds(0.1));
            next.End(ordinal);
        }

        Assert.Equal((JobState.Succeeded, 4), (next.Status("j").State, next.Status("j").Counts.Succeeded));
        Assert.All(next.Store.ReadTasks("j", 0, 9), row => Assert.Equal((1, 0), (row.Attempt, row.Losses)));
    }

    [Fact]
    public void A_job_is_let_go_only_when_all_that_outlives_its_parent_is_on_the_disk()
    {
        Start(Job(4));
        _rig.Core.Step(_rig.Now, new StopRequested(TimeSpan.FromSeconds(5)));
        var batch = new CommitBatch();
        _rig.Core.TakeBatch(batch);
        Assert.False(Assert.Single(batch.Jobs).Released);
        foreach (var leave in _rig.Core.Effects.OfType<LeaveChild>().ToList())
            _rig.Core.Step(_rig.Now, new ChildGone(leave.Child));
        batch = new CommitBatch();
        _rig.Core.TakeBatch(batch);
        Assert.True(Assert.Single(batch.Jobs).Released);
    }

    [Fact]
    public void Who_loses_the_job_leaves_what_all_of_them_have_on_the_disk_also_those_that_just_ended()
    {
        Start(Job(2));
        Assert.NotNull(_rig.Store.Acquire("j", "q", _rig.Store.FindJob("j")!.Epoch));
        _rig.End(0);
        Assert.Equal(2, _rig.Released.OfType<LeaveChild>().Count());
        Assert.Empty(_rig.Released.OfType<DestroyChild>());
        Assert.Empty(_rig.Core.Children);
    }

    [Fact]
    public void One_that_was_to_be_let_go_with_the_refused_commit_is_left_too()
    {
        Start(Job(2));
        Assert.NotNull(_rig.Store.Acquire("j", "q", _rig.Store.FindJob("j")!.Epoch));
        var ended = _rig.Running.Single(order => order.Ordinal == 0);
        _rig.Running.Remove(ended);
        _rig.Tell(new AttemptEnded(new AttemptResult(ended, AttemptEnd.Succeeded)),
            new StopRequested(TimeSpan.FromSeconds(5)));
        Assert.Equal(2, _rig.Released.OfType<LeaveChild>().Count());
        Assert.Empty(_rig.Released.OfType<DestroyChild>());
        Assert.True(_rig.Core.IsEmpty);
    }

    [Fact]
    public void What_had_not_begun_runs_again_beside_what_is_taken_up()
    {
        var job = Job(2);
        Start(job);
        var next = Dies(job, 1);
        Assert.Equal([(0, 2, false), (1, 1, true)], next.Running.OrderBy(order => order.Ordinal)
            .Select(order => (order.Ordinal, order.Attempt, order.TakesUp)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_known_to_have_done_nothing_runs_again_also_where_it_may_not_run_twice(bool isKnown)
    {
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, 2) with { Idempotent = false });
        job = job with { Decision = job.Decision with { Cell = CellKind.Detached } };
        Start(job);
        var next = new EngineRig("q", _rig.Store, Heavy);
        TakeUp(next, job, true, [1], isKnown ? [0] : []);
        next.After(TimeSpan.FromSeconds(2));
        var row = next.Store.FindTask("j", 0)!;
        if (!isKnown)
        {
            Assert.Equal(TaskState.Failed, row.State);
            Assert.StartsWith("unknown outcome: its parent died", row.Error, StringComparison.Ordinal);
            return;
        }

        Assert.Equal([(0, 2, false), (1, 1, true)], next.Running.OrderBy(order => order.Ordinal)
            .Select(order => (order.Ordinal, order.Attempt, order.TakesUp)));
        Assert.Equal((0, 0, "it did not begin: its parent died"),
            (row.Losses, row.Failures, Assert.Single(row.Earlier).Error));
    }

    [Fact]
    public void They_count_against_the_caps_of_who_takes_them_up()
    {
        var job = Job(9);
        Start(job);
        var next = Dies(job, 0, 1);
        Assert.Equal(2, next.Running.Count);
        next.End(0);
        Assert.Equal(2, next.Running.Count);
    }

    [Fact]
    public void Whoever_takes_the_job_only_to_cancel_it_ends_them()
    {
        var job = Job(2);
        Start(job);
        var next = Dies(job, goOn: false, 0, 1);
        Assert.Null(next.Ask("j", "cancel"));
        Assert.Equal(2, next.Released.OfType<StopAttempt>().Count(stop => stop.Reason == StopReason.Cancelled));
        next.End(0, AttemptEnd.Stopped);
        next.End(1, AttemptEnd.Stopped);
        next.Tell(new StopRequested(TimeSpan.Zero));
        Assert.True(next.Core.IsEmpty);
        Assert.All(next.Store.ReadTasks("j", 0, 9), row => Assert.Equal(TaskState.Cancelled, row.State));
    }

    [Fact]
    public void Held_and_then_left_again_they_go_on()
    {
        var job = Job(2);
        Start(job);
        var next = Dies(job, goOn: false, 0, 1);
        next.End(0);
        next.Tell(new StopRequested(TimeSpan.Zero));
        Assert.True(next.Core.IsEmpty);
        Assert.Equal([1], RunningRows().Select(row => row.Ordinal));
        Assert.Single(next.Released.OfType<LeaveChild>());
    }

    [Fact]
    public void A_failure_that_ends_the_job_ends_it_when_it_goes_on()
    {
        var job = Job(2) with { OnFailure = FailurePolicy.Stop };
        Start(job);
        var next = Dies(job, goOn: false, 0, 1);
        next.End(0, AttemptEnd.Failed);
        Assert.Equal(JobState.Interrupted, next.Status("j").State);
        Assert.Null(next.Ask("j", "go_on"));
        Assert.Equal(JobState.Failed, next.Status("j").State);
    }

    private static JobStart Job(int tasks)
    {
        var job = EngineRig.Job("j", 2, EngineRig.Stage("a", 0, tasks));
        return job with { Decision = job.Decision with { Cell = CellKind.Detached } };
    }

    private List<TaskRecord> RunningRows() =>
        [.. _rig.Store.ReadTasks("j", 0, 9).Where(row => row.State == TaskState.Running)];

    /// <summary>Heavy children start one after another.</summary>
    private void Start(JobStart job)
    {
        _rig.Submit(job);
        _rig.After(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _rig.Running.Count);
    }

    /// <summary>The parent is gone without a word, and another takes the job.</summary>
    private EngineRig Dies(JobStart job, params int[] outliving) => Dies(job, goOn: true, outliving);

    private EngineRig Dies(JobStart job, bool goOn, params int[] outliving)
    {
        var next = new EngineRig("q", _rig.Store, Heavy);
        TakeUp(next, job, goOn, outliving);
        next.After(TimeSpan.FromSeconds(2)); // its clock began anew, and the turns of the first one lie ahead
        return next;
    }

    private static void TakeUp(EngineRig rig, JobStart job, params int[] outliving) =>
        TakeUp(rig, job, true, outliving);

    private static void TakeUp(
        EngineRig rig, JobStart job, bool goOn, int[] outliving, params int[] unbegun)
    {
        var epoch = rig.Store.Acquire("j", rig.Parent, rig.Store.FindJob("j")!.Epoch)!.Value;
        var open =
            rig.Store.ReadTasks("j", 0, 99).Where(row => row.State is TaskState.Running or TaskState.Waiting).ToList();
        rig.Tell(new JobTaken(job, rig.Store.FindJob("j")!, epoch, rig.Store.ReadMarks("j"), open, null, goOn)
        {
            Outliving = outliving.ToHashSet(),
            Unbegun = unbegun.ToHashSet(),
        });
    }
}
