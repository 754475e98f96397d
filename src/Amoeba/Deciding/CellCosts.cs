using Amoeba.Jobs;

namespace Amoeba.Deciding;

/// <summary>
/// What a child of each kind of cell costs before it works. Assumed until a machine's own history says otherwise.
/// </summary>
internal static class CellCosts
{
    /// <summary>What auto stands for where nobody chose yet: the lightest kind.</summary>
    public static CellKind Choose(CellKind asked) => asked == CellKind.Auto ? CellKind.Thread : asked;

    public static bool IsHeavy(CellKind cell) => cell is not (CellKind.Thread or CellKind.Auto);

    /// <summary>Seconds from asking for a child until it takes work.</summary>
    public static double StartSeconds(CellKind cell) => cell switch
    {
        CellKind.Auto or CellKind.Thread => 0.001,
        CellKind.Process => 0.15,
        CellKind.Detached => 0.25,
        CellKind.Docker => 1.0,
        CellKind.Node => 0.5,
        _ => throw new ArgumentOutOfRangeException(nameof(cell)),
    };

    /// <summary>
    /// Seconds between one child's start and the next: light ones start one by one, heavy ones at a capped rate.
    /// </summary>
    public static double SpawnInterval(CellKind cell, MachineInput machine) => cell switch
    {
        CellKind.Auto or CellKind.Thread => 0,
        CellKind.Docker => 60 / machine.DockerPerMinute,
        _ => 1 / machine.HeavyPerSecond,
    };
}
