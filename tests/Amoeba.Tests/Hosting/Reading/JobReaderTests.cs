using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Stores.Memory;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Reading;

public sealed class JobReaderTests : IDisposable
{
    private readonly MemoryStore _store = new();
    private readonly HashSet<string> _living = ["p"];
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-reader-").FullName;
    private StageView[] _stages = [new StageView("each", 0, 10, 1, true, false)];

    public void Dispose()
    {
        _store.Dispose();
        TempFolder.Remove(_home);
    }

    [Fact]
    public void A_job_is_found_by_id_by_prefix_and_as_the_last()
    {
        _store.Make("abc1", 1);
        _store.Make("abd2", 3);
        _store.Make("abcd", 2);
        Assert.Equal("abc1", Reader().Find("abc1").Id);
        Assert.Equal("abd2", Reader().Find("abd").Id);
        Assert.Equal("abd2", Reader().Find("last").Id);
    }

    [Fact]
    public void A_prefix_of_several_jobs_names_them()
    {
        _store.Make("abc1");
        _store.Make("abd2");
        var error = Assert.Throws<PlanException>(() => Reader().Find("ab"));
        Assert.Contains("abc1", error.Message, StringComparison.Ordinal);
        Assert.Contains("abd2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("last", "no job yet")]
    [InlineData("zzz", "no job 'zzz'")]
    [InlineData("", "no job ''")]
    public void A_job_that_is_not_there_is_said_so(string name, string words) =>
        Assert.Contains(words, Assert.Throws<PlanException>(() => Reader().Find(name)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(JobState.Running, JobState.Interrupted)]
    [InlineData(JobState.Queued, JobState.Interrupted)]
    [InlineData(JobState.Paused, JobState.Interrupted)]
    [InlineData(JobState.AwaitingApproval, JobState.AwaitingApproval)]
    [InlineData(JobState.Succeeded, JobState.Succeeded)]
    public void A_job_whose_owner_died_is_interrupted(JobState stored, JobState shown)
    {
        Make(stored);
        Assert.Equal(stored, Reader().Find("j").State);
        _living.Clear();
        Assert.Equal(shown, Reader().Find("j").State);
    }

    [Fact]
    public void Lists_by_state_see_who_is_interrupted_now()
    {
        _store.Make("one");
        _living.Clear();
        Assert.Empty(Reader().List(JobState.Running, 10));
        Assert.Single(Reader().List(JobState.Interrupted, 10));
        Assert.Single(Reader().List(null, 10));
    }

    [Fact]
    public void Tasks_without_a_row_are_there_too()
    {
        Make(JobState.Running, Rows.Task("j", 3, TaskState.Running, 1), Rows.Task("j", 7, TaskState.Running, 1));
        var tasks = Reader().Tasks(Reader().Find("j")).ToList();
        Assert.Equal(Enumerable.Range(0, 10), tasks.Select(task => task.Index));
        Assert.Equal("each-9", tasks[9].Items.Single().Text);
        Assert.All(tasks,
            task => Assert.Equal(task.Index is 3 or 7 ? TaskState.Running : TaskState.Waiting, task.State));
    }

    [Fact]
    public void Batches_end_where_batches_end_and_rows_may_split_them()
    {
        _stages = [new StageView("each", 0, 10, 4, true, false)];
        Make(JobState.Running, Rows.Task("j", 4, TaskState.Running, 1),
            Rows.Task("j", 6, TaskState.Running, 1) with { Items = 1 });
        var tasks = Reader().Tasks(Reader().Find("j")).Select(task => (task.Index, task.Count)).ToList();
        Assert.Equal([(0, 4), (4, 1), (5, 1), (6, 1), (7, 1), (8, 2)], tasks);
    }

    [Fact]
    public void Skipped_stages_and_cancelled_jobs_say_so_of_tasks_without_a_row()
    {
        _stages = [new StageView("a", 0, 1, 1, false, false), new StageView("b", 1, 2, 1, true, false)];
        Make(JobState.Cancelled,
            Rows.Status(JobState.Cancelled) with { SkippedJson = """{"b":"needs a, which failed"}""" });
        var tasks = Reader().Tasks(Reader().Find("j")).ToList();
        Assert.Equal([TaskState.Cancelled, TaskState.Skipped, TaskState.Skipped], tasks.Select(task => task.State));
        Assert.Equal("needs a, which failed", tasks[2].Error);
        Assert.Equal(["a", "b[0]", "b[1]"], tasks.Select(task => task.Name));
    }

    [Fact]
    public void What_a_job_that_its_first_failure_ended_never_reached_is_cancelled()
    {
        Make(JobState.Failed);
        var tasks = Reader().Tasks(Reader().Find("j")).ToList();
        Assert.Equal(10, tasks.Count);
        Assert.All(tasks, task => Assert.Equal(TaskState.Cancelled, task.State));
    }

    [Fact]
    public void Over_a_page_of_rows_none_is_lost_or_doubled()
    {
        _stages = [new StageView("each", 0, 5000, 1, true, false)];
        Make(JobState.Running, [.. Enumerable.Range(0, 2500).Select(n => Rows.Task("j", n * 2, TaskState.Running, 1))]);
        var tasks = Reader().Tasks(Reader().Find("j")).ToList();
        Assert.Equal(Enumerable.Range(0, 5000), tasks.Select(task => task.Ordinal));
        Assert.All(tasks, task => Assert.Equal($"each-{task.Index}", task.Items.Single().Text));
        Assert.Equal(2500, tasks.Count(task => task.State == TaskState.Running));
    }

    [Fact]
    public void Children_of_the_dead_are_not_shown_and_busy_ones_are_told_by_their_tasks()
    {
        Make(JobState.Running, Rows.Task("j", 3, TaskState.Running, 1) with { Child = "c1" });
        Children("p", "c1", "c2");
        Children("dead", "c3");
        var children = Reader().Children(null).OrderBy(child => child.Record.Id).ToList();
        Assert.Equal([("c1", ChildState.Busy), ("c2", ChildState.Ready)],
            children.Select(child => (child.Record.Id, child.State)));
        Assert.Equal("each[3]", Reader().TaskOf(children[0])!.Name);
    }

    [Theory]
    [InlineData(0, TaskState.Waiting)]
    [InlineData(1, TaskState.Running)]
    [InlineData(2, TaskState.Waiting)]
    public void What_ran_with_a_dead_owner_waits_to_be_run_again_unless_its_present_attempt_goes_on(
        int attempt, TaskState shown)
    {
        if (attempt > 0) EndsAlone(3, attempt);
        var status = Rows.Status(JobState.Running) with { Counts = new TaskCounts(10, 1, 2, 0, 0, 0) };
        Make(JobState.Running, status, Rows.Task("j", 3, TaskState.Running, 1) with { Child = "c1" });
        Assert.Equal(TaskState.Running, Reader().Task(Reader().Find("j"), 3)!.State);
        _living.Clear();
        var job = Reader().Find("j");
        var running = shown == TaskState.Running ? 1 : 0;
        Assert.Equal((running, 8 - running), (job.Counts.Running, job.Counts.Waiting));
        Assert.Equal(shown, Reader().Task(job, 3)!.State);
        Assert.Equal(running, Reader().Tasks(job).Count(task => task.State == TaskState.Running));
        Assert.Equal(running, Reader().InState(job, TaskState.Running, 5).Count);
    }

    [Theory]
    [InlineData(JobState.Interrupted, 0)] // Ctrl-C: the parent counted none as running when it left
    [InlineData(JobState.Running, 4)] // kill -9, and its children are forgotten with it
    public void Tasks_that_go_on_without_a_parent_are_told_as_running_however_it_ended(JobState stored, int counted)
    {
        for (var ordinal = 0; ordinal < 4; ordinal++) EndsAlone(ordinal, 1);
        _living.Clear();
        var status = Rows.Status(stored) with { Counts = new TaskCounts(10, counted, 2, 0, 0, 0) };
        Make(stored, status, [.. Enumerable.Range(0, 4).Select(n => Rows.Task("j", n, TaskState.Running, 1))]);
        var job = Reader().Find("j");
        Assert.Equal((JobState.Interrupted, 4, 4), (job.State, job.Counts.Running, job.Counts.Waiting));
        Assert.Equal(4, Reader().InState(job, TaskState.Running, 9).Count);
    }

    [Fact]
    public void One_that_runs_has_no_error_yet_whatever_became_of_the_attempt_before()
    {
        Make(JobState.Running,
            Rows.Task("j", 3, TaskState.Running, 2) with { Error = "child lost: it is gone" },
            Rows.Task("j", 4, TaskState.Waiting, 0) with { Error = "exit 1" });
        Assert.Null(Reader().Task(Reader().Find("j"), 3)!.Error);
        Assert.Equal("exit 1", Reader().Task(Reader().Find("j"), 4)!.Error);
        _living.Clear();
        Assert.Null(Reader().Task(Reader().Find("j"), 3)!.Error);
    }

    [Fact]
    public void Running_time_goes_on_only_while_the_owner_lives()
    {
        Make(JobState.Running,
            Rows.Status(JobState.Running) with { ActiveSeconds = 5, ActiveSince = DateTimeOffset.UnixEpoch });
        Assert.True(Reader().Find("j").Seconds > 1000);
        _living.Clear();
        Assert.Equal(5, Reader().Find("j").Seconds);
    }

    private void Make(JobState state, params TaskRecord[] rows) => Make(state, Rows.Status(state), rows);

    private void Make(JobState state, JobStatusRecord status, params TaskRecord[] rows)
    {
        Assert.Equal(state, status.State);
        _store.Commit([new JobWrite("j", "p", 1, Rows.Job("j"), status)], rows);
    }

    private void Children(string parent, params string[] ids) =>
        _store.Commit([new JobWrite("j", "p", 1, null, null)], more: batch =>
        batch.Children.AddRange(
            ids.Select(id => new ChildRecord(id, "j", parent, CellKind.Thread, ChildState.Ready, null, Rows.Noon))));

    private JobReader Reader() =>
        new(_store, null!, _ => new FakeItems(_stages), _living.Contains,
            TimeProvider.System, new DetachedSight(_home));

    /// <summary>A detached attempt that nobody followed has left its result.</summary>
    private void EndsAlone(int ordinal, int attempt)
    {
        var folder = DetachedFolder.Of(DetachedFolder.RootOf(_home), "j", ordinal, attempt, 0);
        folder.Make();
        File.WriteAllText(folder.Result, "");
    }
}
