using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Simulating;

namespace Amoeba.Benchmarks;

/// <summary>Jobs that are played by the real engine in virtual time.</summary>
internal static class SimulatedJobs
{
    public static MachineInput Machine(double processors) => new(
        processors, FreeMemory: 64L << 30, ReservedMemory: 500L << 20, Light: 256, Heavy: 10, Programs: 32,
        Memory: 32L << 30, Zone: "off");

    public static DecisionInput Input(MachineInput machine, params StageInput[] stages) =>
        new() { Stages = stages, Machine = machine };

    public static SimulatedRun Play(Decision decision, int children)
    {
        var input = decision.Input;
        var stages = new List<StagePlan>();
        var first = 0;
        foreach (var stage in input.Stages)
        {
            stages.Add(new StagePlan
            {
                Id = stage.Id,
                First = first,
                Items = stage.Tasks,
                Needs = stage.Needs,
                Timeout = TimeSpan.Zero,
                Program = stage.Program,
                Memory = stage.Memory,
                Seconds = (float)stage.Seconds,
                EachSeconds = stage.EachSeconds,
            });
            first += stage.Tasks;
        }

        var start = new JobStart { Record = Record, Stages = stages, Decision = decision, Merge = MergeWay.None };
        var machine = input.Machine;
        var caps = new Engine.Ports.Lease(machine.Light, machine.Heavy, machine.Programs, machine.Memory);
        return Simulator.Play(start, children, new EngineOptions { Parent = "bench", Caps = caps, Lease = caps });
    }

    private static JobRecord Record { get; } = new()
    {
        Id = "bench",
        Name = "bench",
        Type = "bench",
        PlanJson = "{}",
        OptionsJson = "{}",
        Folder = "/",
        StagesJson = "[]",
        Created = DateTimeOffset.UnixEpoch,
        Seed = 1,
    };
}
