using Amoeba.Cells.Docker;
using Amoeba.Cli;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Remains;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Cli;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;

namespace Amoeba.Tests.Hosting.Running;

/// <summary>
/// Jobs whose children live in containers: what their approval is bound to, and what their last parent left.
/// </summary>
public sealed class ContainerJobTests : IDisposable
{
    private const string Plan =
        """{ "name": "n", "cell": "docker", "children": 2, "each": ["x", "y"], "do": { "run": ["echo", "{item}"] } }""";

    private readonly FakeDocker _docker = new();
    private readonly TempFolder _home = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _docker.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task A_child_is_made_from_the_image_that_was_approved_whatever_its_name_means_by_then()
    {
        await using var parent = Open();
        var job = (await parent.SubmitAsync(Job(), Cancel)).Job;
        Assert.Equal(JobState.AwaitingApproval, await parent.WhenSettledAsync(job, Cancel));
        _docker.Image = "sha256:second";
        Assert.Null(await ApproveAsync(parent, job));
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        AssertMadeFrom("sha256:first");
    }

    [Fact]
    public async Task Another_image_under_the_name_has_to_be_approved_again()
    {
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job(), Cancel)).Job;
            Assert.Equal(JobState.AwaitingApproval, await first.WhenSettledAsync(job, Cancel));
        }

        _docker.Image = "sha256:second";
        await using var second = Open();
        await second.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.AwaitingApproval, await second.WhenSettledAsync(job, Cancel));
        Assert.Null(await ApproveAsync(second, job));
        Assert.Equal(JobState.Succeeded, await second.WhenSettledAsync(job, Cancel));
        AssertMadeFrom("sha256:second");
    }

    [Fact]
    public async Task A_folder_that_no_container_can_have_is_refused_before_anything_is_accepted()
    {
        await using var parent = Open();
        var refused = await Assert.ThrowsAsync<MachineLacksException>(
            () => parent.SubmitAsync(Job() with { Folder = "/" }, Cancel));
        Assert.EndsWith(" is not available in /: in a container of it there would be no worker and no system: / is in "
            + "the place of theirs; run it in another folder", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_docker.Calls);
    }

    [Fact]
    public async Task Without_a_daemon_it_stops_with_what_is_missing_and_goes_on_when_that_is_back()
    {
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job(), Cancel)).Job;
            Assert.Equal(JobState.AwaitingApproval, await first.WhenSettledAsync(job, Cancel));
            _docker.IsGone = true;
            Assert.Null(await ApproveAsync(first, job));
            Assert.Equal(JobState.Interrupted, await first.WhenSettledAsync(job, Cancel));
            var status = first.Store.FindJob(job)!.Status;
            Assert.True(status.IsStoppedByLack, status.Reason);
            Assert.Contains("there is no docker daemon", status.Reason, StringComparison.Ordinal);
            Assert.Equal((2, 0), (status.Counts.Total, status.Counts.Ended));
        }

        _docker.IsGone = false;
        await using var second = Open();
        await second.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await second.WhenSettledAsync(job, Cancel));
    }

    [Fact]
    public async Task A_job_is_busy_until_docker_says_that_nothing_of_its_last_parent_is_left()
    {
        await using var second = Open();
        var job = await OfDeadAsync(second);
        _docker.Leave("amoeba-left", "dead");
        _docker.IsDeaf = true;
        var busy = await Assert.ThrowsAsync<MachineLacksException>(() => second.TakeAsync(job, goOn: true, Cancel));
        Assert.StartsWith(
            $"job {job}: containers that its last parent dead left may still run, and cannot be ended: "
                + "there is no docker daemon;", busy.Message, StringComparison.Ordinal);
        Assert.Equal("dead", second.Store.FindJob(job)!.Owner);

        _docker.IsDeaf = false;
        await second.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(second.Id, second.Store.FindJob(job)!.Owner);
        Assert.DoesNotContain(_docker.Left, name => name == "amoeba-left");
    }

    [Fact]
    public async Task The_home_itself_is_no_folder_for_a_container()
    {
        await using var parent = Open();
        var refused = await Assert.ThrowsAsync<PlanException>(
            () => parent.SubmitAsync(Job() with { Folder = _home.Path }, Cancel));
        Assert.StartsWith(
            $"cell docker is not available: the job's folder {_home.Path} is where Amoeba keeps its own state",
            refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_can_be_cancelled_without_a_daemon_and_what_was_not_asked_is_told()
    {
        await using var second = Open();
        var job = await OfDeadAsync(second);
        _docker.IsDeaf = true;
        var told = new List<string>();
        Assert.Null(await second.CancelUnheldAsync(job, "dead", "ada", told.Add, Cancel));
        Assert.Equal(JobState.Cancelled, second.Store.FindJob(job)!.Status.State);
        Assert.StartsWith(
            "docker could not be asked whether containers of this job still run: there is no docker daemon",
            Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cleaning_says_what_may_be_left_where_docker_cannot_be_asked_and_forgets_it_only_when_it_was()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["amoeba.yaml"], $"docker: {{ command: {_docker.Options.Command} }}");
        await using (var parent = Open(folder["home"]))
        {
            var job = (await parent.SubmitAsync(Job(), Cancel)).Job;
            parent.Store.AddParent(new ParentRecord("dead", 1, "another boot", 1, DateTimeOffset.UnixEpoch, "0"));
            var batch = new CommitBatch();
            batch.Children.Add(
                new ChildRecord("e1c1", job, "dead", CellKind.Docker, ChildState.Busy, null, DateTimeOffset.UnixEpoch));
            parent.Store.Commit(batch);
        }

        _docker.IsDeaf = true;
        var clean = await CliRun.InAsync(folder.Path, "", "cells", "clean", "--yes");
        Assert.Equal(ExitCodes.Lacking, clean.Code);
        Assert.Matches(
            "amoeba: docker cells that parent dead left may still run, because docker could not be "
                + "asked: e1c1 of job j[^ ]+. "
            + "there is no docker daemon; .*; then clean again\n$", clean.Error);

        _docker.IsDeaf = false;
        clean = await CliRun.InAsync(folder.Path, "", "cells", "clean", "--yes");
        Assert.Equal(ExitCodes.Done, clean.Code);
        Assert.EndsWith("cleaned up: 1 record of crashed parents removed.\n", clean.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_daemon_that_hangs_is_told_and_given_up_before_a_job_is_accepted()
    {
        _docker.Hangs = true;
        var waits = new List<string>();
        await using var parent = Parent.Open(Options(_home.Path) with { Time = new FastTime(20), Waiting = waits.Add });
        var refused = await Assert.ThrowsAsync<MachineLacksException>(() => parent.SubmitAsync(Job(), Cancel));
        Assert.StartsWith(
            "cell docker is not available: the docker daemon does not answer; ", refused.Message,
            StringComparison.Ordinal);
        Assert.Equal($"docker is asked for the image {DockerOptions.DefaultImage}", Assert.Single(waits));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_container_that_its_parent_cannot_end_is_noted_and_told()
    {
        var told = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var notes = new DoubtNotes(_home.Path);
        string job, kept;
        // No faster: its worker's beats come by a clock of their own.
        var options = Options(_home.Path) with { Time = new FastTime(2), Warn = told.Enqueue };
        await using (var parent = Parent.Open(options))
        {
            kept = ParentLock.PathOf(_home.Path, parent.Id);
            const string Sleeps =
                """{ "name": "n", "cell": "docker", "each": ["x"], "do": { "sh": "exec sleep 300" } }""";
            job = (await parent.SubmitAsync(
                Job() with { Plan = PlanReader.Read(Sleeps, "test", new()), Autonomy = null }, Cancel)).Job;
            await Eventually.True(() => parent.Store.ReadTasks(job, 0, 1) is [{ State: TaskState.Running }]);
            _docker.Hangs = true;
            var client = Assert.Single(parent.Store.ListChildren()).Pid!.Value;
            Assert.Equal(0, Libc.Kill(client, Libc.SigKill));
            await Eventually.True(() => notes.List().Count > 0);
            _docker.Hangs = false;
        }

        await Eventually.True(() => !ParentLock.IsHeld(kept)); // its guardian asks again
        var doubted = notes.List()[0];
        Assert.Equal(job, doubted.Job);
        Assert.Contains(_docker.Calls, call => call.StartsWith("run ", StringComparison.Ordinal)
            && call.Contains($" --name {doubted.Name} ", StringComparison.Ordinal));
        Assert.Contains($"docker did not say that container {doubted.Name} of job {job} is gone, so that it may "
            + "run on; when docker answers again, `amoeba cells clean` removes it", told);
    }

    private static Task<string?> ApproveAsync(Parent parent, string job) =>
        parent.AskAsync(job, "approve",
            new AnswerArgument(parent.Store.FindApproval(job)!.Id, null).Write(), "ada", Cancel);

    private void AssertMadeFrom(string image)
    {
        var runs = _docker.Calls.Where(call => call.StartsWith("run ", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(runs);
        Assert.All(runs, run => Assert.Contains($" {image} ", run, StringComparison.Ordinal));
    }

    /// <summary>A job whose last parent died, and which nobody has taken since.</summary>
    private async Task<string> OfDeadAsync(Parent next)
    {
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job(), Cancel)).Job;
        }

        next.Store.AddParent(new ParentRecord("dead", 1, "another boot", 1, DateTimeOffset.UnixEpoch, "0"));
        Assert.NotNull(next.Store.Acquire(job, "dead", next.Store.FindJob(job)!.Epoch));
        return job;
    }

    private Submission Job() =>
        new()
        {
            Plan = PlanReader.Read(Plan, "test", new PlanReadOptions { Stored = true }),
            Folder = _docker.Folder,
            By = "test",
            Autonomy = "manual"
        };

    private Parent Open(string? home = null) => Parent.Open(Options(home ?? _home.Path));

    private ParentOptions Options(string home) => new()
    {
        DockerPerMinute = 6000,
        Home = home,
        Environment = EnvironmentBuilder.OfThisProcess(),
        Docker = _docker.Options,
        Zones = new(Off: true),
    };
}
