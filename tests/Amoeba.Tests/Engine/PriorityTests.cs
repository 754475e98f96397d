using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Tests.Engine;

/// <summary>What is less urgent waits, but not for ever.</summary>
public sealed class PriorityTests
{
    private const int Width = 2;

    [Fact]
    public void Under_a_flood_of_urgent_work_everything_gets_its_turn()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            Flood(seed);
        }
    }

    /// <summary>
    /// An hour and a half of more work than there is room for. Whoever waited longest beyond its allowance is next.
    /// </summary>
    private static void Flood(int seed)
    {
        var random = new Random(seed);
        using var rig = new EngineRig(lease: EngineRig.Plenty with { Light = 2 });
        var waiting = new Dictionary<string, (TimeSpan Since, Priority Priority)>();
        var (now, made, slow) = (TimeSpan.Zero, 0, 0);
        for (; now < TimeSpan.FromMinutes(90); now += TimeSpan.FromSeconds(20), rig.After(TimeSpan.FromSeconds(20)))
        {
            for (var jobs = random.Next(1, 5); jobs > 0; jobs--)
            {
                var priority = random.Next(3) > 0 ? Priority.Critical : (Priority)random.Next(4);
                var id = $"j{++made}";
                waiting.Add(id, (now, priority));
                Started(rig, waiting, () => rig.Submit(
                    EngineRig.Job(id, Width,
                        EngineRig.Stage("a", 0, 1) with { Priority = priority, Timeout = TimeSpan.Zero })));
            }

            foreach (var order in rig.Running.ToList())
            {
                rig.Running.Remove(order);
                slow += Started(rig, waiting,
                    () => rig.Tell(new AttemptEnded(new AttemptResult(order, AttemptEnd.Succeeded))));
            }
        }

        Assert.True(slow > 0, $"seed {seed}: none of low priority ever started");
    }

    /// <summary>Checks what started by an act against all that waited.</summary>
    /// <returns>How many of low priority started.</returns>
    private static int Started(
        EngineRig rig, Dictionary<string, (TimeSpan Since, Priority Priority)> waiting, Action act)
    {
        var before = rig.Running.ToHashSet();
        act();
        var slow = 0;
        foreach (var order in rig.Running.Where(order => !before.Contains(order)))
        {
            var started = waiting[order.Job];
            waiting.Remove(order.Job);
            slow += started.Priority == Priority.Low ? 1 : 0;
            Assert.All(waiting.Values, other => Assert.True(
                Due(other) >= Due(started), $"{started} started while {other} waited"));
        }

        return slow;
    }

    private static TimeSpan Due((TimeSpan Since, Priority Priority) job) => job.Since + Urgency.Allowance(job.Priority);
}
