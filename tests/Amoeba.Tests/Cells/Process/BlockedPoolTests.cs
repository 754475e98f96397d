using System.Globalization;
using Amoeba.Cells.Process;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Process;

/// <summary>Nothing else may run beside it: it takes every thread of the pool.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

[Collection("alone")]
public sealed class BlockedPoolTests
{
    /// <summary>Seconds; AMOEBA_BLOCKED=30 makes it as long.</summary>
    private static double Blocked => double.Parse(
        Environment.GetEnvironmentVariable("AMOEBA_BLOCKED") ?? "2", CultureInfo.InvariantCulture);

    [Fact(Timeout = 120_000)]
    public async Task While_the_thread_pool_is_blocked_children_stay_alive_and_counted()
    {
        using var rig = new CellRig((runner, launcher) => new ProcessCell(runner, launcher, new ProcessCellOptions
        {
            Parent = "parent-1",
            Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
            Beat = TimeSpan.FromMilliseconds(200),
        }));
        var job = rig.Sh("echo done");
        var children = new List<(IChild Child, int Pid)>();
        for (var i = 0; i < 3; i++) children.Add((await rig.ChildAsync(job, $"c-{i}"), rig.Events.Pid!.Value));

        await Task.Factory.StartNew(Block, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Assert.All(children, child => Assert.True(CellRig.IsAlive(child.Pid)));
        Assert.Null(rig.Events.Unheard());
        for (var i = 0; i < children.Count; i++)
        {
            children[i].Child.Start(rig.Order(job, child: $"c-{i}"));
            Assert.Equal(AttemptEnd.Succeeded, (await rig.Events.EndAsync()).End);
        }

        foreach (var (child, _) in children) child.Destroy();
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
