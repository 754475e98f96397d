using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;
using Eventually = Amoeba.Tests.Processes.Eventually;

namespace Amoeba.Tests.Hosting;

/// <summary>Jobs whose items flow from task to task, and whose items go by group, with real programs.</summary>
public sealed class FlowJobTests : IDisposable
{
    private const string TwoStages = """
        { "name": "n", "children": 6, "merge": "lines", "tasks": [
            { "id": "list", "each": ["3", "2", "1"], "do": { "sh": "sleep 0.0$AMOEBA_ITEM; echo $AMOEBA_ITEM-a; echo $AMOEBA_ITEM-b" } },
            { "id": "work", "each": { "from": "list" }, "do": { "sh": "sleep 0.05; echo did $AMOEBA_ITEM" } } ] }
        """;

    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-flow-job-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact]
    public async Task What_a_task_yields_is_worked_on_and_merged_in_plan_order()
    {
        await using var parent = Open();
        var job = (await parent.SubmitAsync(Job(TwoStages), Cancel)).Job;
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        Assert.Equal("did 3-a\ndid 3-b\ndid 2-a\ndid 2-b\ndid 1-a\ndid 1-b\n", Merged(parent, job));
        Assert.Equal(9, parent.Store.FindJob(job)!.Status.Counts.Total);
    }

    [Fact]
    public async Task A_job_that_was_stopped_in_the_middle_of_a_flow_loses_and_doubles_nothing()
    {
        // The last of the items that come is worked on until it is let go, so that the job is stopped in the middle.
        var held = TwoStages.Replace(
            "sleep 0.05", "until [ $AMOEBA_ITEM != 1-a ] || [ -e go ]; do sleep 0.02; done", StringComparison.Ordinal);
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job(held), Cancel)).Job;
            await Eventually.True(() => first.Store.FindJob(job)!.Status.Counts.Succeeded >= 3);
            await first.StopAsync(TimeSpan.Zero);
        }

        await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", Cancel);
        await using var second = Open();
        await second.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await second.WhenSettledAsync(job, Cancel));
        Assert.Equal("did 3-a\ndid 3-b\ndid 2-a\ndid 2-b\ndid 1-a\ndid 1-b\n", Merged(second, job));
    }

    [Fact]
    public async Task Items_whose_files_were_damaged_meanwhile_stop_the_parent_in_words()
    {
        await using var parent = Open();
        var job = (await parent.SubmitAsync(Job("""
            { "name": "n", "children": 1, "tasks": [
                { "id": "list", "each": ["1", "2"], "do": {
                    "sh": "if [ $AMOEBA_ITEM = 2 ]; then f=spool/*/flow-1.chunks; until [ -s $f ]; do :; done; set -- $f; printf %100s x >$1; fi" } },
                { "id": "work", "each": { "from": "list" }, "do": { "wait": 0 } } ] }
            """), Cancel)).Job;
        var error = await Assert.ThrowsAsync<StoreUnusableException>(() => parent.WhenSettledAsync(job, Cancel));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_yielded_item_two_of_whose_fields_would_be_one_variable_fails_in_words()
    {
        await using var parent = Open();
        var job = (await parent.SubmitAsync(Job("""
            { "name": "n", "tasks": [
                { "id": "list", "do": { "sh": "echo '{\"a-b\": 1, \"a_b\": 2}'" } },
                { "id": "work", "each": { "from": "list" }, "do": { "sh": "echo $AMOEBA_ITEM_A_B" } } ] }
            """), Cancel)).Job;
        Assert.Equal(JobState.Failed, await parent.WhenSettledAsync(job, Cancel));
        var error = parent.Store.ReadTasks(job, 0, 10).Single(task => task.State == TaskState.Failed).Error;
        Assert.Contains("the fields a-b and a_b", error, StringComparison.Ordinal);
        Assert.Contains("let list yield other names", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_of_a_group_are_never_worked_on_at_once()
    {
        await using var parent = Open();
        var job = (await parent.SubmitAsync(Job("""
            { "name": "n", "children": 8, "merge": "lines", "each": { "matrix": { "language": ["en", "es"], "n": ["1", "2", "3", "4"] } },
              "group": "item.language",
              "do": { "sh": "mkdir $AMOEBA_GROUP || exit 9; sleep 0.02; rmdir $AMOEBA_GROUP; echo $AMOEBA_CHILD_ID" }, "limits": { "retries": 0 } }
            """), Cancel)).Job;
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        var children = Merged(parent, job).TrimEnd().Split('\n');
        Assert.Single(children[..4].Distinct());
        Assert.Single(children[4..].Distinct());
    }

    [Fact]
    public async Task More_flows_than_tasks_can_be_numbered_are_refused()
    {
        var flows = Enumerable.Range(1, 215)
            .Select(n => $$$"""{ "id": "t{{{n}}}", "each": { "from": "t{{{n - 1}}}" }, "do": { "wait": 0 } }""");
        await using var parent = Open();
        var error = await Assert.ThrowsAnyAsync<PlanException>(() => parent.SubmitAsync(
            Job($$"""{ "tasks": [ { "id": "t0", "do": { "wait": 0 } }, {{string.Join(", ", flows)}} ] }"""), Cancel));
        Assert.Contains("more than 200 tasks", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "tasks": [ { "id": "a", "each": { "from": "b" }, "do": { "wait": 0 } } ] }""",
        "there is no task b")]
    [InlineData("""{ "tasks": [ { "id": "a", "each": { "from": "a" }, "do": { "wait": 0 } } ] }""", "cycle: a -> a")]
    [InlineData("""
        { "tasks": [ { "id": "a", "do": { "wait": 0 } }, { "id": "b", "each": { "from": "a", "batch": 2 }, "do": { "wait": 0 } } ] }
        """, "batch: cannot be together with from")]
    [InlineData("""
        { "tasks": [ { "id": "a", "do": { "wait": 0 } }, { "id": "b", "each": { "from": "a" }, "do": { "run": ["echo", "{tasks.a.output}"] } } ] }
        """, "add a to its needs")]
    [InlineData("""{ "each": ["a"], "group": "item.x", "do": { "wait": 0 } }""", "has no field x")]
    [InlineData("""{ "each": ["a"], "group": "item", "batch": 2, "do": { "wait": 0 } }""", "cannot "
        + "be together with group")]
    [InlineData("""{ "each": { "range": "1..2", "split": "lines" }, "do": { "wait": 0 } }""", "from another task")]
    public async Task A_flow_that_cannot_be_is_refused(string plan, string why)
    {
        await using var parent = Open();
        var error = await Assert.ThrowsAnyAsync<PlanException>(() => parent.SubmitAsync(Job(plan), Cancel));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private Parent Open() =>
        Parent.Open(new ParentOptions { Home = _home, Environment = EnvironmentBuilder.OfThisProcess() });

    private Submission Job(string plan) => new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, By = "test" };

    private static string Merged(Parent parent, string job)
    {
        using var stream = parent.Outputs.Read(job, parent.Store.FindJob(job)!.Status.Output);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
