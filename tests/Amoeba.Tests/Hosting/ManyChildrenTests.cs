using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;

namespace Amoeba.Tests.Hosting;

/// <summary>As many heavy children at once as the caps were raised for.</summary>
[Collection("alone")] // they take the machine
public sealed class ManyChildrenTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-many-").FullName;

    /// <summary>AMOEBA_CHILDREN=200 makes as many.</summary>
    private static int Many =>
        int.Parse(Environment.GetEnvironmentVariable("AMOEBA_CHILDREN") ?? "15", CultureInfo.InvariantCulture);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact(Timeout = 300_000)]
    public async Task A_job_has_as_many_children_at_once_as_the_caps_allow_and_loses_none()
    {
        await using var parent = Parent.Open(new ParentOptions
        {
            Home = Path.Combine(_home, "home"),
            Environment = EnvironmentBuilder.OfThisProcess(),
            Caps = new Lease(256, Many, Many, 1L << 40),
            Zones = new(Off: true),
        });
        var job = (await parent.SubmitAsync(new Submission
        {
            Plan = PlanReader.Read($$"""
                { "name": "n", "each": { "range": "1..{{Many}}" }, "cell": "process", "children": {{Many}}, "estimate": { "memory": "1MB", "seconds": 600 },
                  "do": { "sh": "until [ -e go ]; do sleep 0.5; done; echo $AMOEBA_ITEM" }, "merge": "lines" }
                """, "test"),
            Folder = _home,
            Yes = true,
            By = "test",
        }, Cancel)).Job;
        await Eventually.True(() => Running(parent, job) == Many, TimeSpan.FromMinutes(4));
        var pids = parent.Store.ListChildren().Select(child => child.Pid!.Value).ToHashSet();
        Assert.Equal(Many, pids.Count);

        await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        Assert.All(parent.Store.ReadTasks(job, 0, Many),
            row => Assert.Equal((TaskState.Succeeded, 1), (row.State, row.Attempt)));
        await Eventually.True(() => parent.Store.ListChildren().Count == 0);
    }

    private static int Running(Parent parent, string job) =>
        parent.Store.ReadTasks(job, 0, Many, TaskState.Running).Count;
}
