using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting;

/// <summary>A task that is told to end has its time to tidy up, also where its parent ends next.</summary>
[Collection("cells")]
public sealed class GraceTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-grace-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Theory(Timeout = 60_000)]
    [InlineData("thread")]
    [InlineData("process")]
    [InlineData("detached")]
    public async Task A_cancelled_task_tidies_up_while_its_parent_closes(string cell)
    {
        var up = new Signal(Path.Combine(_home, "up"));
        await using (var parent = Open())
        {
            var heard = up.PidAsync();
            var job = (await parent.SubmitAsync(Job($$"""
                { "name": "n", "cell": "{{cell}}", "tasks": [{ "id": "a", "do": { "sh": "{{Tidy}}; echo $$ > up; while :; do sleep 0.05; done" } }] }
                """), Cancel)).Job;
            await heard;
            Assert.Null(await parent.AskAsync(job, "cancel", null, "test", Cancel));
            Assert.Equal(JobState.Cancelled, await parent.WhenSettledAsync(job, Cancel));
        }

        Assert.True(File.Exists(Path.Combine(_home, "tidied")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_whose_sibling_ended_the_job_tidies_up_while_its_parent_closes()
    {
        await using (var parent = Open())
        {
            var job = (await parent.SubmitAsync(Job($$"""
                { "name": "n", "on_failure": "stop", "children": 2, "limits": { "retries": 0 }, "tasks": [
                  { "id": "a", "do": { "sh": "{{Tidy}}; touch up; while :; do sleep 0.05; done" } },
                  { "id": "b", "do": { "sh": "while [ ! -e up ]; do sleep 0.02; done; exit 1" } }] }
                """), Cancel)).Job;
            Assert.Equal(JobState.Failed, await parent.WhenSettledAsync(job, Cancel));
        }

        Assert.True(File.Exists(Path.Combine(_home, "tidied")));
    }

    private const string Tidy = "trap 'sleep 0.2; touch tidied; exit 0' TERM";

    private Submission Job(string plan) =>
        new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, Yes = true, By = "test" };

    private Parent Open() => Parent.Open(new ParentOptions
    {
        Home = Path.Combine(_home, "home"),
        Environment = EnvironmentBuilder.OfThisProcess(),
        Zones = new(Off: true),
    });
}
