using Amoeba.Deciding;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Deciding;

/// <summary>Inputs of decisions, roomy and free unless a test says otherwise.</summary>
internal static class Given
{
    public const long Gibibyte = 1L << 30;

    public static MachineInput Machine { get; } = new(
        Processors: 2, FreeMemory: 8 * Gibibyte, ReservedMemory: 500L << 20, Light: 256, Heavy: 10, Programs: 32,
        Memory: 2 * Gibibyte, Zone: "off");

    public static StageInput Stage(
        int tasks, double seconds, string id = "each", string tool = "wait", string from = "estimate",
        params int[] needs)
    {
        var defaults = ToolDefaults.Of(tool);
        return new StageInput
        {
            Id = id,
            Tasks = tasks,
            Needs = needs,
            Tool = tool,
            Program = defaults.Program,
            CpuShare = defaults.CpuShare,
            Seconds = seconds,
            SecondsFrom = from,
            Memory = defaults.Memory,
        };
    }

    public static DecisionInput Job(int? wish, params StageInput[] stages) => new()
    {
        Stages = stages,
        Wish = wish,
        Strategy = Strategy.Auto,
        Cell = CellKind.Auto,
        Machine = Machine,
    };
}
