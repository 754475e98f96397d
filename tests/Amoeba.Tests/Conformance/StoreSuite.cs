using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Conformance;

/// <summary>What every store does: jobs, tasks and how they are found again.</summary>
public abstract partial class StoreSuite : IDisposable
{
    private readonly Lazy<IStore> _store;

    protected StoreSuite() => _store = new Lazy<IStore>(Open);

    private protected IStore Store => _store.Value;

    private protected abstract IStore Open();

    public virtual void Dispose()
    {
        if (_store.IsValueCreated)
            _store.Value.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_new_store_is_empty()
    {
        Assert.Equal(0, Store.Rev());
        Assert.Null(Store.FindJob("j"));
        Assert.Empty(Store.FindJobIds("", 10));
        Assert.Empty(Store.ListJobs(null, 10));
        Assert.Empty(Store.ReadTasks("j", 0, 10));
        Assert.Empty(Store.ReadTasksSince("j", 0, 10).Tasks);
        Assert.Null(Store.FindTask("j", 0));
        Assert.Empty(Store.ReadMarks("j"));
        Assert.Empty(Store.ListChildren());
        Assert.Empty(Store.ListParents());
        Assert.Null(Store.FindApproval("j"));
        Assert.Empty(Store.ListOpenRequests(null));
        Assert.Null(Store.FindRequest("r"));
        Assert.Empty(Store.ListAudit(null, 10));
        Assert.Null(Store.VerifyAudit());
        Assert.Empty(Store.ListEndedJobs(DateTimeOffset.MaxValue, 0, 10));
    }

    [Fact]
    public void A_job_comes_back_as_it_was_written()
    {
        var record = Rows.Job("j") with
        {
            Priority = Priority.Critical,
            Branch = "side",
            ParentJob = "root",
            ParentTask = 3,
            CallNumber = 2,
            Depth = 1,
        };
        var status = new JobStatusRecord
        {
            State = JobState.AwaitingApproval,
            Reason = "a person has to look",
            DecisionJson = "{\"split\":true}",
            SkippedJson = "{\"b\":\"needs a\"}",
            Width = 7,
            Counts = new TaskCounts(10, 1, 2, 3, 1, 1),
            Started = Rows.Noon,
            Finished = Rows.Noon.AddTicks(10),
            ActiveSeconds = 1.5,
            ActiveSince = Rows.Noon.AddSeconds(1),
            TaskSeconds = 2.25,
            Tokens = new TokenCounts(1, 2, 3, 1),
            CostUsd = 0.123456789m,
            Output = new OutputRef(OutputPlace.File, "merged", 1, 2, ulong.MaxValue, default),
            Progress = 9,
            Used = new ChildUse(5, 0.25, 0.5, 1.75, 1L << 40, 6),
        };
        var rev = Store.Commit([new JobWrite("j", "p", 1, record, status)]).Rev;

        var job = Store.FindJob("j")!;
        Assert.Equal(record, job.Record);
        Assert.Equal(status, job.Status);
        Assert.Equal(("p", 1, rev), (job.Owner, job.Epoch, job.Rev));
    }

    [Fact]
    public void A_status_replaces_the_one_before_with_its_decision()
    {
        var job = Store.Make("j");
        Store.Commit([job with { Status = Rows.Status(JobState.Running, "one") }]);
        Store.Commit([job with { Status = Rows.Status(JobState.Paused, "one") }]);
        Assert.Equal("one", Store.FindJob("j")!.Status.DecisionJson);
        Store.Commit([job with { Status = Rows.Status(JobState.Running, "two") }]);
        Assert.Equal("two", Store.FindJob("j")!.Status.DecisionJson);
        Store.Commit([job with { Status = Rows.Status(JobState.Running) }]);
        Assert.Equal(Rows.Status(JobState.Running), Store.FindJob("j")!.Status);
    }

    [Fact]
    public void Earlier_attempts_come_back_with_what_they_cost()
    {
        var job = Store.Make("j");
        EarlierAttempt[] earlier =
        [
            new(1, "j-c1", "child lost: \"signal\" é", null),
            new(2, null, null, new AttemptFigures
            {
                Spawn = 0.1,
                Execution = 2.5,
                Teardown = 0.003,
                PeakMemory = 1L << 40,
                CpuSeconds = 1.25,
                OutputBytes = 7,
                Tokens = new TokenCounts(1, 2, 3, 4),
                CostUsd = 0.123456m,
                Tool = "sh (chat fell: no)",
                Note = "cut",
            }),
            new(3, "j-c2", "exit 1", new AttemptFigures()),
        ];
        Store.Commit([job], [Rows.Task("j", 0, TaskState.Running, 4) with { Earlier = earlier }]);
        Assert.Equal(earlier, Store.FindTask("j", 0)!.Earlier);
        Store.Commit([job], [Rows.Task("j", 0, TaskState.Waiting, 4) with { Earlier = earlier[1..] }]);
        Assert.Equal(earlier[1..], Store.FindTask("j", 0)!.Earlier);
    }

    [Fact]
    public void A_task_comes_back_as_it_was_written()
    {
        var job = Store.Make("j");
        var claim = Rows.Task("j", 5, TaskState.Running, 1) with
        {
            Items = 4,
            Failures = 1,
            Losses = 2,
            LossProgress = 3,
            NotBefore = Rows.Noon,
            Started = Rows.Noon.AddSeconds(1),
            Child = "child",
        };
        Store.Commit([job], [claim]);
        Assert.Equal(claim, Store.FindTask("j", 5));

        byte[] bytes = [0, 255, 10];
        var ended = claim with
        {
            State = TaskState.Succeeded,
            Finished = Rows.Noon.AddSeconds(2),
            Error = "half of it\nwent wrong",
            Output = OutputRef.Of(bytes),
            Figures = new AttemptFigures
            {
                Spawn = 0.5,
                Execution = 1.5,
                Teardown = 0.25,
                PeakMemory = 4096,
                CpuSeconds = 0.75,
                OutputBytes = 3,
                Tokens = new TokenCounts(4, 5, 6, 2),
                CostUsd = 1.5m,
                Tool = "second of the chain",
                Note = "cut short",
                Reused = "earlier",
            },
        };
        Store.Commit([job], [ended]);
        var found = Store.FindTask("j", 5)!;
        Assert.Equal(bytes, found.Output.Inline.ToArray());
        Assert.Equal(ended, found with { Output = ended.Output });
    }

    [Fact]
    public void Outputs_elsewhere_keep_their_place_and_figures_may_lack_measurements()
    {
        var job = Store.Make("j");
        Store.Commit([job], [Rows.Task("j", 0, TaskState.Running, 1)]);
        var ended = Rows.Task("j", 0, TaskState.Succeeded, 1) with
        {
            Output = new OutputRef(OutputPlace.Segment, "seg-0001", 1L << 40, 77, 0x8000_0000_0000_0001, default),
            Figures = new AttemptFigures(),
        };
        Store.Commit([job], [ended]);
        Assert.Equal(ended, Store.FindTask("j", 0));
    }

    [Fact]
    public void Tasks_are_read_in_plan_order_from_an_ordinal_and_by_state()
    {
        var job = Store.Make("j");
        Store.Make("k");
        Store.Commit([job], Enumerable.Range(0, 3000).Reverse().Select(i => Rows.Task("j", i, TaskState.Running, 1)));
        Store.Commit([job], [Rows.Task("j", 7, TaskState.Succeeded, 1), Rows.Task("j", 2999, TaskState.Failed, 1),
            Rows.Task("j", 2000, TaskState.Waiting, 1)]);
        Assert.Equal([1, 2, 3], Ordinals(Store.ReadTasks("j", 1, 3)));
        Assert.Equal([2998, 2999], Ordinals(Store.ReadTasks("j", 2998, 10)));
        Assert.Equal([6, 8], Ordinals(Store.ReadTasks("j", 6, 2, TaskState.Running)));
        Assert.Equal([7], Ordinals(Store.ReadTasks("j", 0, 10, TaskState.Succeeded)));
        Assert.Equal([2999], Ordinals(Store.ReadTasks("j", 8, 10, TaskState.Failed)));
        Assert.Equal([2000], Ordinals(Store.ReadTasks("j", 8, 10, TaskState.Waiting)));
        Assert.Empty(Store.ReadTasks("k", 0, 10));
        Assert.Equal(3000, Store.ReadMarks("j").Select(mark => mark.Ordinal).Distinct().Count());
        Assert.Contains(new TaskMark(2999, 1, TaskState.Failed), Store.ReadMarks("j"));
    }

    [Fact]
    public void Jobs_are_listed_newest_first_and_found_by_prefix()
    {
        Store.Make("ab1", minute: 1);
        Store.Make("ab2", minute: 3);
        Store.Make("b", minute: 2);
        Store.Commit([new JobWrite("b", "p", 1, null, Rows.Status(JobState.Paused))]);
        Assert.Equal(["ab2", "b", "ab1"], Store.ListJobs(null, 10).Select(job => job.Id));
        Assert.Equal(["ab2"], Store.ListJobs(null, 1).Select(job => job.Id));
        Assert.Equal(["b"], Store.ListJobs([JobState.Paused, JobState.Failed], 10).Select(job => job.Id));
        Assert.Empty(Store.ListJobs([], 10));
        Assert.Equal(["ab1", "ab2"], Store.FindJobIds("ab", 10));
        Assert.Equal(["ab1"], Store.FindJobIds("a", 1));
        Assert.Equal(["ab1", "ab2", "b"], Store.FindJobIds("", 10));
    }

    [Fact]
    public void Ended_jobs_are_listed_oldest_first_but_never_the_newest_ones()
    {
        for (var i = 0; i < 5; i++)
        {
            var job = Store.Make($"j{i}", minute: i);
            var state = i == 1 ? JobState.Running : JobState.Succeeded;
            var finished = i == 1 ? (DateTimeOffset?)null : Rows.Noon.AddMinutes(10 - i);
            Store.Commit([job with { Status = Rows.Status(state) with { Finished = finished } }]);
        }

        Assert.Equal(["j4", "j3", "j2", "j0"], Store.ListEndedJobs(Rows.Noon.AddDays(1), 0, 10));
        Assert.Equal(["j2", "j0"], Store.ListEndedJobs(Rows.Noon.AddDays(1), 2, 10));
        Assert.Equal(["j4"], Store.ListEndedJobs(Rows.Noon.AddDays(1), 0, 1));
        Assert.Equal(["j4", "j3"], Store.ListEndedJobs(Rows.Noon.AddMinutes(8), 0, 10));
    }

    [Fact]
    public void What_ended_jobs_came_to_is_listed_oldest_end_first_from_a_moment_on()
    {
        for (var i = 0; i < 4; i++)
        {
            var status = Rows.Status(i == 0 ? JobState.Failed : i == 1 ? JobState.Running : JobState.Succeeded) with
            {
                Finished = i == 1 ? null : Rows.Noon.AddMinutes(10 - i),
                Counts = new TaskCounts(21, 0, 5, 6, 7, 3),
                ActiveSeconds = 1.5,
                TaskSeconds = 6.25 + i,
                Tokens = new TokenCounts(1, 2, 3, 4),
                CostUsd = 0.25m,
                Reused = 4,
                Retries = 9,
            };
            Store.Commit([Store.Make($"j{i}", minute: i) with { Status = status }]);
        }

        var figures = Store.ListFigures(DateTimeOffset.MinValue);
        Assert.Equal([9.25, 8.25, 6.25], figures.Select(job => job.TaskSeconds));
        Assert.Equal([6.25], Store.ListFigures(Rows.Noon.AddMinutes(10)).Select(job => job.TaskSeconds));
        var oldest = new JobFigures(
            Store.FindJob("j3")!.Record.Type, JobState.Succeeded,
            Rows.Noon.AddMinutes(7), new TaskCounts(21, 0, 5, 6, 7, 3))
        {
            ActiveSeconds = 1.5,
            TaskSeconds = 9.25,
            Tokens = new TokenCounts(1, 2, 3, 4),
            CostUsd = 0.25m,
            Reused = 4,
            Retries = 9,
        };
        Assert.Equal(oldest, figures[0]);
        Assert.Equal((4, 9), (Store.FindJob("j3")!.Status.Reused, Store.FindJob("j3")!.Status.Retries));
    }

    private static IEnumerable<int> Ordinals(IEnumerable<TaskRecord> tasks) => tasks.Select(task => task.Ordinal);
}
