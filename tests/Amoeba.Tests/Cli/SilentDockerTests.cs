using Amoeba.Cells.Docker;
using Amoeba.Cli;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;
using Programs = Amoeba.Tests.Processes.Programs;

namespace Amoeba.Tests.Cli;

/// <summary>Commands beside a docker daemon that answers nothing: none stands still without a word.</summary>
[Collection("cells")] // their programs load the machine
public sealed class SilentDockerTests : IDisposable
{
    private const string Plan =
        """{ "name": "n", "cell": "docker", "each": ["x"], "do": { "run": ["echo", "{item}"] } }""";

    private readonly FakeDocker _docker = new() { Hangs = true };
    private readonly Programs _programs = new();

    public SilentDockerTests() => File.WriteAllText(
        Path.Combine(_programs.Folder, "amoeba.yaml"), $"docker: {{ command: {_docker.Options.Command} }}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Home => Path.Combine(_programs.Folder, "home");

    public void Dispose()
    {
        _programs.Dispose();
        _docker.Dispose();
    }

    [Theory]
    [InlineData("children")]
    [InlineData("cells")]
    public async Task A_home_that_never_had_a_container_asks_nobody(string command)
    {
        var run = await CliRun.InAsync(_programs.Folder, "", command);
        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.Empty(_docker.Calls);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("children", "no children: nothing runs now.")]
    [InlineData("cells", "no cells.")]
    public async Task One_that_had_says_what_is_not_shown(string command, string rest)
    {
        HomeId.Of(Home);
        var run = await CliRun.InAsync(_programs.Folder, "", command);
        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.Single(_docker.Calls); // whoever did not answer once is not asked again
        var said = run.Error.Replace("\n    ", " ", StringComparison.Ordinal);
        Assert.Contains("docker cells that have no parent are not shown: the docker daemon does not answer; look what "
            + "holds it up, or start it anew", said, StringComparison.Ordinal);
        Assert.EndsWith($"{rest}\n", said, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Children_that_the_store_knows_are_shown_before_docker_is_asked()
    {
        HomeId.Of(Home);
        _docker.Hangs = false;
        await using var parent = Open();
        var submission = new Submission
        {
            // It waits for a person, and asks docker nothing meanwhile.
            Plan = PlanReader.Read(
                Plan.Replace("[\"x\"]", "[\"x\", \"y\"], \"children\": 2", StringComparison.Ordinal), "test",
                new PlanReadOptions { Stored = true }),
            Folder = _docker.Folder,
            By = "test",
            Autonomy = "manual",
        };
        var job = (await parent.SubmitAsync(submission, Cancel)).Job;
        var batch = new CommitBatch();
        batch.Children.Add(new ChildRecord(
            "e1c1", job, parent.Id, CellKind.Docker, ChildState.Busy, null, DateTimeOffset.UnixEpoch));
        parent.Store.Commit(batch);
        _docker.Hangs = true;
        var before = _docker.Calls.Length;
        using var output = new Seen(() => _docker.Calls.Length - before);
        var run = await CliRun.ToAsync(output, _programs.Folder, "", "children");
        Assert.Contains("e1c1", run.Out, StringComparison.Ordinal);
        Assert.True(output.CallsAtFirst == 0, string.Join('|', _docker.Calls.Skip(before)));
    }

    [Fact(Timeout = 120_000)]
    public async Task Ctrl_C_while_resume_waits_for_it_leaves_the_job_as_it_is_and_says_so()
    {
        var job = await LeftAsync();
        var command = await KeptCommand.StartAsync(_programs, ["resume", job]);
        await Eventually.True(() => command.HasEnded || command.Error.Contains("waiting; ", StringComparison.Ordinal));
        Assert.Contains($"amoeba: waiting; job {job}: docker is asked for the containers that its last parent",
            command.Error.Replace("\n    ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        command.Send(Libc.SigInt);
        Assert.Equal(ExitCodes.Interrupted, (await command.ExitAsync()).Code);
        Assert.Contains($"amoeba: stopped before job {job} was taken: it is as it was. To go on later: amoeba resume "
            + job, command.Error.Replace("\n    ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancel_gives_it_up_after_seconds_and_cancels_the_job()
    {
        var job = await LeftAsync();
        var run = await CliRun.InAsync(_programs.Folder, "", "cancel", job);
        Assert.True(run.Code == ExitCodes.Done, run.Error);
        Assert.Contains("docker could not be asked whether containers of this job still run: the docker daemon does "
            + "not answer", run.Error.Replace("\n    ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        await using var parent = Open();
        Assert.Equal(JobState.Cancelled, parent.Store.FindJob(job)!.Status.State);
    }

    [Fact(Timeout = 120_000)]
    public async Task Whoever_asked_an_owner_that_dies_first_does_it_itself()
    {
        var job = await LeftAsync();
        _docker.Hangs = false;
        var dying = ParentLock.TryAcquire(ParentLock.PathOf(Home, "dead"));
        Assert.NotNull(dying);
        var run = CliRun.InAsync(_programs.Folder, "", "cancel", job);
        await using (var parent = Open())
        {
            await Eventually.True(() => parent.Store.ListOpenRequests(job).Count > 0);
        }

        dying.Dispose();
        Assert.True((await run).Code == ExitCodes.Done, (await run).Error);
        await using var after = Open();
        Assert.Equal(JobState.Cancelled, after.Store.FindJob(job)!.Status.State);
        Assert.Empty(after.Store.ListOpenRequests(job)); // nothing is left that would end it when it is tried again
    }

    /// <summary>A job of containers whose parent is gone.</summary>
    private async Task<string> LeftAsync()
    {
        _docker.Hangs = false;
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(new Submission
            {
                Plan = PlanReader.Read(Plan, "test", new PlanReadOptions { Stored = true }),
                Folder = _docker.Folder,
                By = "test",
                Autonomy = "manual",
            }, Cancel)).Job;
        }

        await using var second = Open();
        second.Store.AddParent(new ParentRecord("dead", 1, "another boot", 1, DateTimeOffset.UnixEpoch, "0"));
        Assert.NotNull(second.Store.Acquire(job, "dead", second.Store.FindJob(job)!.Epoch));
        _docker.Hangs = true;
        return job;
    }

    private Parent Open() => Parent.Open(new ParentOptions
    {
        Home = Home,
        Environment = EnvironmentBuilder.OfThisProcess(),
        Docker = _docker.Options,
        Zones = new(Off: true),
    });

    /// <summary>Knows how often docker had been called when the first of it came.</summary>
    private sealed class Seen(Func<int> calls) : MemoryStream
    {
        public int? CallsAtFirst { get; private set; }

        public override void Write(byte[] buffer, int offset, int count)
        {
            CallsAtFirst ??= calls();
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            CallsAtFirst ??= calls();
            base.Write(buffer);
        }
    }
}
