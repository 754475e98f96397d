using System.Globalization;
using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;

namespace Amoeba.Tests.Hosting;

/// <summary>As many children at once as the caps were raised for.</summary>
[Collection("alone")] // they take the machine
public sealed class ManyChildrenTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-many-").FullName;

    /// <summary>In a detached cell each child has a guardian too: with 200 of them it would take a minute.</summary>
    private const int MostDetached = 50;

    /// <summary>AMOEBA_CHILDREN=200 makes as many.</summary>
    private static int Many =>
        int.Parse(Environment.GetEnvironmentVariable("AMOEBA_CHILDREN") ?? "15", CultureInfo.InvariantCulture);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Theory(Timeout = 300_000)]
    [InlineData("thread")]
    [InlineData("process")]
    [InlineData("detached")]
    public async Task A_job_has_as_many_children_at_once_as_the_caps_allow_and_loses_none(string cell)
    {
        var many = cell == "detached" ? Math.Min(Many, MostDetached) : Many;
        await using var parent = Parent.Open(new ParentOptions
        {
            Home = Path.Combine(_home, "home"),
            Environment = EnvironmentBuilder.OfThisProcess(),
            Caps = new Lease(256, many, many, 1L << 40),
            Zones = new(Off: true),
        });
        var job = (await parent.SubmitAsync(new Submission
        {
            Plan = PlanReader.Read($$"""
                { "name": "n", "each": { "range": "1..{{many}}" }, "cell": "{{cell}}", "children": {{many}}, "estimate": { "memory": "1MB", "seconds": 600 },
                  "do": { "sh": "until [ -e go ]; do sleep 0.5; done; echo $AMOEBA_ITEM" }, "merge": "lines" }
                """, "test"),
            Folder = _home,
            Yes = true,
            By = "test",
        }, Cancel)).Job;
        await Eventually.True(() => Running(parent, job) == many, TimeSpan.FromMinutes(4));
        Assert.Equal(many, parent.Store.ListChildren().Count);
        // A detached one's worker is started when its task has begun.
        if (cell != "thread") await Eventually.True(() => Workers(parent, job).Distinct().Count() == many);

        await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        Assert.All(parent.Store.ReadTasks(job, 0, many),
            row => Assert.Equal((TaskState.Succeeded, 1), (row.State, row.Attempt)));
        await Eventually.True(() => parent.Store.ListChildren().Count == 0);
    }

    private IEnumerable<int> Workers(Parent parent, string job) =>
        DetachedFolder.List(DetachedFolder.RootOf(Path.Combine(_home, "home")), job)
            .Select(folder => DetachedClaim.Read(folder)).OfType<DetachedClaim>()
            .Where(claim => claim.IsAlive).Select(claim => claim.Process.Pid)
            .Concat(parent.Store.ListChildren().Select(child => child.Pid).OfType<int>());

    private static int Running(Parent parent, string job) =>
        parent.Store.ReadTasks(job, 0, int.MaxValue, TaskState.Running).Count;
}
