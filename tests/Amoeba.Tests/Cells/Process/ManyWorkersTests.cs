using System.Globalization;
using Amoeba.Cells.Process;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Process;

/// <summary>As many workers as a machine is asked to bear.</summary>
[Collection("alone")] // they take the machine
public sealed class ManyWorkersTests
{
    /// <summary>AMOEBA_CHILDREN=200 makes as many.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Many_children_work_at_once()
    {
        var many =
            int.Parse(Environment.GetEnvironmentVariable("AMOEBA_CHILDREN") ?? "50", CultureInfo.InvariantCulture);
        using var rig = new CellRig((runner, launcher) => new ProcessCell(runner, launcher, new ProcessCellOptions
        {
            Parent = "parent-1",
            Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
            Patience = TimeSpan.FromMinutes(1),
        }));
        var job = rig.Job("""{"name": "t", "each": ["x"], "do": {"wait": 0.01}}""");
        var children = Enumerable.Range(0, many).Select(i => rig.Spawn(job, $"c-{i}")).ToArray();
        for (var i = 0; i < many; i++)
            Assert.StartsWith("ready", (string)await rig.Events.NextAsync(), StringComparison.Ordinal);
        for (var i = 0; i < many; i++) children[i].Start(rig.Order(job, child: $"c-{i}"));
        for (var i = 0; i < many; i++) Assert.Equal(AttemptEnd.Succeeded, (await rig.Events.EndAsync()).End);
        foreach (var child in children) child.Destroy();
        for (var i = 0; i < many; i++)
            Assert.StartsWith("gone", (string)await rig.Events.NextAsync(), StringComparison.Ordinal);
    }
}
