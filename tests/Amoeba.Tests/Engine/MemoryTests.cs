using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Simulation;

namespace Amoeba.Tests.Engine;

public sealed class MemoryTests
{
    private const long Megabyte = 1L << 20;

    [Fact]
    public void Small_tasks_do_not_keep_an_overdue_large_one_out_for_ever()
    {
        using var rig = new EngineRig(lease: new Lease(16, 0, 16, 100 * Megabyte));
        rig.Submit(Job("first", 2, 40));
        rig.After(TimeSpan.FromSeconds(1));
        rig.Submit(Job("large", 1, 80));
        for (var turn = 0; turn < 20 && rig.Running.All(order => order.Job != "large"); turn++)
        {
            rig.After(TimeSpan.FromMinutes(1));
            rig.Submit(Job($"small{turn}", 1, 40));
            var order = rig.Running[0];
            rig.Running.RemoveAt(0);
            rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Succeeded)));
        }

        Assert.Contains(rig.Running, order => order.Job == "large");
    }

    private static JobStart Job(string id, int items, long megabytes) => DisasterPlan.Start(
        id,
        [new StagePlan { Id = "s", First = 0, Items = items, Memory = megabytes * Megabyte, Timeout = TimeSpan.Zero }],
        2);
}
