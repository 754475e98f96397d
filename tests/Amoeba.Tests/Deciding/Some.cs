using Amoeba.Deciding;
using Amoeba.Jobs;
using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Deciding;

/// <summary>Generators of jobs and machines.</summary>
internal static class Some
{
    private static readonly string[] Zones = ["off", "safe", "warning", "danger"];

    private static readonly CellKind[] Cells = [CellKind.Auto, CellKind.Thread, CellKind.Process, CellKind.Docker];

    private static readonly Strategy[] Strategies = Enum.GetValues<Strategy>();

    /// <summary>Up to four stages of up to a dozen tasks, each needing some of those before it.</summary>
    public static Gen<StageInput[]> Stages { get; } =
        from count in Gen.Choose(0, 4)
        from stages in Gen.ArrayOf(Stage, count)
        from needs in Gen.ArrayOf(Gen.Choose(0, 2), count * count)
        select stages.Select((stage, at) => stage with
        {
            Id = $"s{at}",
            Needs = [.. Enumerable.Range(0, at).Where(need => needs[at * count + need] == 0)],
        }).ToArray();

    /// <summary>One stage that only waits.</summary>
    public static Gen<StageInput> Waits { get; } =
        from stage in Stage
        where stage.Tasks > 0
        select stage with { CpuShare = 0, Program = false };

    public static Gen<DecisionInput> Jobs { get; } =
        from stages in Stages
        from wish in Gen.Choose(0, 12)
        from cell in Gen.Elements(Cells)
        from strategy in Gen.Elements(Strategies)
        from machine in Machines
        select new DecisionInput
        {
            Stages = stages,
            Wish = wish == 0 ? null : wish,
            Strategy = strategy,
            Cell = cell,
            Machine = machine,
        };

    private static Gen<MachineInput> Machines { get; } =
        from processors in Gen.Choose(1, 16)
        from free in Gen.Choose(0, 4096)
        from light in Gen.Choose(1, 40)
        from heavy in Gen.Choose(1, 10)
        from programs in Gen.Choose(1, 20)
        from memory in Gen.Choose(1, 2048)
        from zone in Gen.Elements(Zones)
        select new MachineInput(
            processors / 2.0, (long)free << 20, 500L << 20, light, heavy, programs, (long)memory << 20, zone);

    private static Gen<StageInput> Stage =>
        from tasks in Gen.Choose(0, 12)
        from seconds in Gen.ArrayOf(Gen.Choose(1, 40), tasks)
        from alike in Gen.Choose(0, 1)
        from share in Gen.Choose(0, 4)
        from program in Gen.Choose(0, 1)
        from memory in Gen.Choose(1, 128)
        from known in Gen.Choose(0, 1)
        select new StageInput
        {
            Id = "s",
            Tasks = tasks,
            Tool = program == 1 ? "run" : "wait",
            Program = program == 1,
            CpuShare = share / 4.0,
            CpuAssumed = known == 0,
            Seconds = tasks == 0 ? 1 : seconds[0] / 4.0,
            SecondsFrom = "estimate",
            EachSeconds = alike == 1 ? null : [.. seconds.Select(value => value / 4f)],
            Memory = (long)memory << 20,
        };
}
