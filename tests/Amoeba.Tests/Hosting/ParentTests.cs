using System.Text;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting;

public sealed class ParentTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-parent-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact]
    public async Task A_plan_runs_and_its_results_are_merged_in_order()
    {
        await using var parent = Open();
        var accepted = await parent.SubmitAsync(Job("""
            { "name": "n", "each": ["b", "a", "c"], "do": { "run": ["echo", "{item}"] }, "merge": "lines" }
            """), Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(accepted.Job, Cancel));
        Assert.Equal("b\na\nc\n", Merged(parent, accepted.Job));
    }

    [Theory]
    [InlineData("""{ "each": ["a", "b"], "do": { "run": ["printf", "{item}"] } }""", "a\nb\n")]
    [InlineData("""{ "tasks": [ { "id": "x", "do": { "run": ["printf", "a"] } } ] }""", "a")]
    [InlineData("""{ "tasks": [ { "id": "x", "do": { "run": ["printf", "a"] } }, { "id": "y", "needs": ["x"], "do": { "run": ["printf", "b"] } } ] }""", "b")]
    public async Task Without_a_merge_several_outputs_are_lines_and_a_single_one_is_as_it_is(string plan, string output)
    {
        await using var parent = Open();
        var accepted = await parent.SubmitAsync(Job(plan), Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(accepted.Job, Cancel));
        Assert.Equal(output, Merged(parent, accepted.Job));
    }

    [Fact]
    public async Task Its_folders_are_closed_to_others_also_in_a_home_that_is_not()
    {
        if (OperatingSystem.IsWindows()) return; // who may read there is said in another way
        const UnixFileMode Open755 = (UnixFileMode)0b111_101_101, Own = (UnixFileMode)0b111_000_000;
        var home = new HomeFolder(_home);
        File.SetUnixFileMode(_home, Open755);
        Directory.CreateDirectory(home.Spools);
        File.SetUnixFileMode(home.Spools, Open755);
        await using var parent = Open();
        foreach (var folder in home.Folders) Assert.Equal((folder, Own), (folder, File.GetUnixFileMode(folder)));
    }

    [Fact]
    public async Task A_parent_without_a_home_keeps_everything_in_memory()
    {
        await using var parent = Parent.Open(new ParentOptions { Environment = EnvironmentBuilder.OfThisProcess() });
        var accepted = await parent.SubmitAsync(Job("""
            { "name": "n", "each": { "range": "1..5000" }, "do": { "wait": 0 }, "merge": "lines" }
            """), Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(accepted.Job, Cancel));
        Assert.Equal(5000, Merged(parent, accepted.Job).Split('\n').Length - 1);
    }

    [Fact]
    public async Task A_stopped_parent_leaves_a_job_that_another_resumes()
    {
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job($$"""
                { "name": "n", "each": { "range": "1..40" }, "do": {{Held}}, "children": 4, "merge": "lines" }
                """), Cancel)).Job;
            await first.StopAsync(TimeSpan.Zero);
            Assert.Equal(JobState.Interrupted, first.Store.FindJob(job)!.Status.State);
        }

        await LetGoAsync();

        await using var second = Open();
        await second.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await second.WhenSettledAsync(job, Cancel));
        Assert.Equal(40, second.Store.FindJob(job)!.Status.Counts.Succeeded);
    }

    [Fact]
    public async Task A_job_of_a_living_parent_cannot_be_taken()
    {
        await using var first = Open();
        await using var second = Open();
        var job = (await first.SubmitAsync(Job("""
            { "name": "n", "each": ["x"], "do": { "wait": 30 } }
            """), Cancel)).Job;
        await Assert.ThrowsAsync<JobBusyException>(() => second.TakeAsync(job, goOn: true, Cancel));
    }

    [Fact]
    public async Task Of_two_parents_that_race_for_one_job_one_gets_it()
    {
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job($$"""
                { "name": "n", "each": { "range": "1..30" }, "do": {{Held}}, "children": 3 }
                """), Cancel)).Job;
            await first.StopAsync(TimeSpan.Zero);
        }

        await LetGoAsync();

        await using var left = Open();
        await using var right = Open();
        var takes =
            new[] { left, right }.Select(parent => Task.Run(() => parent.TakeAsync(job, goOn: true, Cancel))).ToArray();
        await Task.WhenAll(takes).ContinueWith(_ => { }, TaskScheduler.Default);
        var lost = Assert.Single(takes, take => take.IsFaulted);
        Assert.IsType<JobBusyException>(lost.Exception!.InnerException);
        var winner = takes[0].IsFaulted ? right : left;
        Assert.Equal(JobState.Succeeded, await winner.WhenSettledAsync(job, Cancel));
        Assert.Equal(30, winner.Store.FindJob(job)!.Status.Counts.Succeeded);
    }

    [Fact]
    public async Task A_split_that_was_denied_runs_sequentially()
    {
        await using var parent = Open();
        var job = (await parent.SubmitAsync(Job("""
            { "name": "n", "each": { "range": "1..4" }, "do": { "wait": 0.01 }, "children": 4 }
            """) with { Autonomy = "manual" }, Cancel)).Job;
        Assert.Equal(JobState.AwaitingApproval, await parent.WhenSettledAsync(job, Cancel));
        Assert.Null(await Answer(parent, job, "deny"));
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        Assert.Contains("\"split\":false", parent.Store.FindJob(job)!.Status.DecisionJson, StringComparison.Ordinal);
        Assert.NotNull(await Answer(parent, job, "approve"));
    }

    [Fact]
    public async Task A_number_that_was_approved_instead_is_not_asked_for_again()
    {
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job("""
                { "name": "n", "each": { "range": "1..6" }, "do": { "wait": 0.01 }, "children": 2 }
                """) with { Autonomy = "manual" }, Cancel)).Job;
        }

        await using (var second = Open())
        {
            await second.TakeAsync(job, goOn: false, Cancel);
            Assert.Null(await Answer(second, job, "approve", 3));
        }

        await using var third = Open();
        await third.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await third.WhenSettledAsync(job, Cancel));
        Assert.Equal(3, third.Store.FindJob(job)!.Status.Width);
    }

    [Fact]
    public async Task A_job_that_was_only_held_goes_on_when_asked_to()
    {
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job($$"""
                { "name": "n", "each": { "range": "1..100" }, "do": {{Held}}, "children": 2 }
                """), Cancel)).Job;
            await first.StopAsync(TimeSpan.Zero);
        }

        await LetGoAsync();

        await using var second = Open();
        await second.TakeAsync(job, goOn: false, Cancel);
        Assert.Null(await second.AskAsync(job, "width", "50", "test", Cancel));
        await second.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await second.WhenSettledAsync(job, Cancel));
    }

    /// <summary>What a task does that cannot have ended before the parent is stopped, however late that is.</summary>
    private string Held => $$"""{ "sh": "until [ -e {{Go}} ]; do sleep 0.02; done" }""";

    private string Go => Path.Combine(_home, "go");

    private Task LetGoAsync() => File.WriteAllTextAsync(Go, "", Cancel);

    private Parent Open() =>
        Parent.Open(new ParentOptions { Home = _home, Environment = EnvironmentBuilder.OfThisProcess() });

    private Submission Job(string plan) => new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, By = "test" };

    /// <summary>Answers what the job asks at present.</summary>
    private static Task<string?> Answer(Parent parent, string job, string kind, int? children = null) =>
        parent.AskAsync(
        job, kind, new AnswerArgument(parent.Store.FindApproval(job)!.Id, children).Write(), "test", Cancel);

    private static string Merged(Parent parent, string job)
    {
        using var stream = parent.Outputs.Read(job, parent.Store.FindJob(job)!.Status.Output);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
