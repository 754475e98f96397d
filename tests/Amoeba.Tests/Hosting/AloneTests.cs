using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Tests.Cli;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Eventually = Amoeba.Tests.Processes.Eventually;

namespace Amoeba.Tests.Hosting;

/// <summary>Detached children while no parent has them: what is seen of them, and what they take.</summary>
[Collection("cells")]
public sealed class AloneTests : IDisposable
{
    private const string Waiting = """
        { "name": "n", "cell": "detached", "tasks": [{ "id": "a", "do": { "sh": "echo one; echo $$ > up; until [ -e go ]; do sleep 0.05; done; sleep 0.4; touch done; echo two" } }] }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-alone-").FullName;
    private readonly Signal _up;

    public AloneTests() => _up = new Signal(Path.Combine(_folder, "up"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Home => Path.Combine(_folder, "home");

    public void Dispose() => TempFolder.Remove(_folder);

    [Fact(Timeout = 120_000)]
    public async Task Its_output_is_followed_and_its_task_is_named()
    {
        var (job, worker) = await LeaveAsync();
        Assert.Contains("  a  ", (await CliRun.InAsync(_folder, "", "children")).Out, StringComparison.Ordinal);
        Assert.Equal("one\n", (await CliRun.InAsync(_folder, "", "logs", job, "a")).Out);

        var one = CliRun.InAsync(_folder, "", "logs", job, "a", "--follow");
        var all = CliRun.InAsync(_folder, "", "logs", job, "--follow");
        await GoAsync(worker);
        Assert.Equal(("one\ntwo\n", $"a: it has ended, and no parent has counted it yet; 'amoeba resume {job}' does\n"),
            ((await one).Out, (await one).Error));
        // It may have ended before it was first looked at.
        Assert.Matches("^(== a: running.*\none\ntwo\n-- a: it has ended, and no parent has counted it yet\n"
            + "|== a: it has ended, and no parent has counted it yet\none\ntwo\n)$", (await all).Out);
        Assert.Equal("one\ntwo\n", (await CliRun.InAsync(_folder, "", "resume", job)).Out);
        Assert.Equal("one\ntwo\n", (await CliRun.InAsync(_folder, "", "logs", job, "a", "--follow")).Out);
    }

    [Fact(Timeout = 120_000)]
    public async Task It_counts_against_the_caps_until_it_ends()
    {
        var (_, worker) = await LeaveAsync();
        await using var next = Open(heavy: 1);
        Assert.Equal(new Lease(0, 1, 1, 96 << 20), new AloneAttempts(Home, next.Store).Look());
        var other = (await next.SubmitAsync(Job("""
            { "name": "n", "cell": "detached", "tasks": [{ "id": "b", "do": { "sh": "test -e done" } }], "limits": { "retries": 0 } }
            """), Cancel)).Job;
        // It may not start: were it to, it would not find what the other one leaves at its end.
        await GoAsync(worker);
        Assert.Equal(JobState.Succeeded, await next.WhenSettledAsync(other, Cancel));
        Assert.Equal(default, new AloneAttempts(Home, next.Store).Look());
    }

    [Fact(Timeout = 120_000)]
    public async Task It_is_counted_once_when_it_is_taken_up()
    {
        var (job, worker) = await LeaveAsync();
        await using var next = Open(heavy: 1);
        await next.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(default, new AloneAttempts(Home, next.Store).Look());
        await GoAsync(worker);
        Assert.Equal(JobState.Succeeded, await next.WhenSettledAsync(job, Cancel));
    }

    [Fact(Timeout = 120_000)]
    public async Task Only_its_owner_can_open_what_it_leaves()
    {
        var (job, worker) = await LeaveAsync();
        var root = Path.Combine(Home, "run", "detached", job);
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (OperatingSystem.IsWindows()) return;
        foreach (var path in Directory.GetFiles(root, "*", SearchOption.AllDirectories))
            Assert.Equal((path, Own), (path, File.GetUnixFileMode(path)));
        string[] folders = [root, .. Directory.GetDirectories(root)];
        foreach (var path in folders)
            Assert.Equal((path, Own | UnixFileMode.UserExecute), (path, File.GetUnixFileMode(path)));
        await GoAsync(worker);
    }

    /// <summary>A detached child is at its program, and its parent has ended.</summary>
    private async Task<(string Job, ProcessIdentity Worker)> LeaveAsync()
    {
        await using var parent = Open(heavy: 1);
        var heard = _up.PidAsync();
        var job = (await parent.SubmitAsync(Job(Waiting), Cancel)).Job;
        await heard;
        return (job, DetachedClaim.Read(DetachedFolder.Of(DetachedFolder.RootOf(Home), job, 0, 1, 0))!.Process);
    }

    /// <summary>Lets its program end, and waits until its worker, which writes to the very end, is gone.</summary>
    private async Task GoAsync(ProcessIdentity worker)
    {
        Assert.True(worker.IsAlive());
        await File.WriteAllTextAsync(Path.Combine(_folder, "go"), "", Cancel);
        await Eventually.True(() => !worker.IsAlive());
    }

    private Submission Job(string plan) =>
        new() { Plan = PlanReader.Read(plan, "test"), Folder = _folder, Yes = true, By = "test" };

    private Parent Open(int heavy) => Parent.Open(new ParentOptions
    {
        Home = Home,
        Environment = EnvironmentBuilder.OfThisProcess(),
        Caps = new Lease(256, heavy, 32, 2L << 30),
        Zones = new(Off: true),
    });
}
