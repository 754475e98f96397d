using System.Globalization;
using Amoeba.Cells.Process;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;

namespace Amoeba.Tests.Cells.Process;

/// <summary>Nothing else may run beside it: it takes every thread of the pool.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

[Collection("alone")]
public sealed class BlockedPoolTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-blocked-").FullName;

    /// <summary>Seconds; AMOEBA_BLOCKED=30 makes it as long.</summary>
    private static double Blocked => double.Parse(
        Environment.GetEnvironmentVariable("AMOEBA_BLOCKED") ?? "5", CultureInfo.InvariantCulture);

    public void Dispose() => TempFolder.Remove(_home);

    [Fact(Timeout = 120_000)]
    public async Task While_the_thread_pool_is_blocked_children_stay_alive_and_counted()
    {
        using var rig = new CellRig((runner, launcher) => new ProcessCell(runner, launcher, new ProcessCellOptions
        {
            Parent = "parent-1",
            Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
            Beat = TimeSpan.FromSeconds(1),
        }));
        var job = rig.Sh("echo done");
        var children = new List<(IChild Child, int Pid)>();
        for (var i = 0; i < 3; i++) children.Add((await rig.ChildAsync(job, $"c-{i}"), rig.Events.Pid!.Value));

        await Task.Factory.StartNew(Block, TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Assert.All(children, child => Assert.True(CellRig.IsAlive(child.Pid)));
        Assert.Null(rig.Events.Unheard());
        for (var i = 0; i < children.Count; i++)
        {
            children[i].Child.Start(rig.Order(job, child: $"c-{i}"));
            Assert.Equal(AttemptEnd.Succeeded, (await rig.Events.EndAsync()).End);
        }

        foreach (var (child, _) in children) child.Destroy();
    }

    [Fact(Timeout = 120_000)]
    public async Task What_a_parent_runs_meanwhile_is_counted_and_nothing_of_it_is_lost()
    {
        const int Many = 3;
        await using var parent = Parent.Open(new ParentOptions
        {
            Home = Path.Combine(_home, "home"),
            Environment = EnvironmentBuilder.OfThisProcess(),
            Zones = new(Off: true),
        });
        var job = (await parent.SubmitAsync(new Submission
        {
            Plan = PlanReader.Read($$"""
                { "name": "n", "each": { "range": "1..{{Many}}" }, "cell": "process", "children": {{Many}},
                  "do": { "sh": "until [ -e go ]; do sleep 0.1; done; echo done" }, "limits": { "retries": 0 } }
                """, "test"),
            Folder = _home,
            By = "test",
        }, TestContext.Current.CancellationToken)).Job;
        await Eventually.True(() => parent.Store.ReadTasks(job, 0, Many, TaskState.Running).Count == Many);
        var before = parent.Store.ListChildren();

        await Task.Factory.StartNew(Block, TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var after = parent.Store.ListChildren();
        Assert.Equal(before.Select(child => (child.Id, child.Pid)), after.Select(child => (child.Id, child.Pid)));
        Assert.All(after, child => Assert.True(CellRig.IsAlive(child.Pid!.Value)));
        await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", TestContext.Current.CancellationToken);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, TestContext.Current.CancellationToken));
        Assert.All(parent.Store.ReadTasks(job, 0, Many), row => Assert.Equal(1, row.Attempt));
    }

    private static void Block()
    {
        using var over = new ManualResetEventSlim();
        using var left = new CountdownEvent(500);
        for (var i = 0; i < left.InitialCount; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                over.Wait();
                left.Signal();
            }, null);
        }

        over.Wait(TimeSpan.FromSeconds(Blocked));
        over.Set();
        left.Wait();
    }
}
