using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Fakes;
using Parent = Amoeba.Hosting.Running.Parent;

namespace Amoeba.Tests.Hosting;

/// <summary>Programs that run too long, by the real clock.</summary>
[Collection("cells")] // their programs load the machine
public sealed class TimeLimitJobTests(DockerDaemon daemon) : IDisposable
{
    private readonly TempFolder _home = new();
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _home.Dispose();
        _folder.Dispose();
    }

    [Theory(Timeout = 300_000)]
    [InlineData("thread")]
    [InlineData("process")]
    [InlineData("detached")]
    [InlineData("docker")]
    public async Task One_that_runs_too_long_is_ended_in_every_cell_and_the_reason_is_told(string cell)
    {
        var environment = EnvironmentBuilder.OfThisProcess().ToDictionary();
        if (cell == "docker")
        {
            await daemon.StartAsync();
            // Tasks in a container are never root, and this folder is root's.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);
            foreach (var (name, value) in daemon.Variables) environment[name] = value;
        }

        await using var parent = Parent.Open(new ParentOptions
        {
            Home = _home.Path,
            Environment = environment,
            Zones = new(Off: true),
            DockerPerMinute = 600,
        });
        var job = (await parent.SubmitAsync(new Submission
        {
            Plan = PlanReader.Read($$"""
                { "name": "n", "cell": "{{cell}}", "limits": { "timeout": "1s", "retries": 0 },
                  "tasks": [{ "id": "a", "do": { "sh": "sleep 300" } }] }
                """, "test"),
            Folder = _folder.Path,
            Yes = true,
            By = "test",
        }, Cancel)).Job;
        Assert.Equal(JobState.Failed, await parent.WhenSettledAsync(job, Cancel));
        var row = parent.Store.FindTask(job, 0)!;
        Assert.Equal((TaskState.Failed, 1, "timeout: it ran longer than 1 s (limits.timeout)"),
            (row.State, row.Attempt, row.Error));
    }
}
