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

    /// <summary>
    /// Nothing is started for a child of this kind but with its attempt, which is its only one: whether it comes up is
    /// seen only then.
    /// </summary>
    public static bool StartsWithAttempt(CellKind cell) => cell == CellKind.Detached;

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

    /// <summary>Seconds that an attempt takes before its tool works, beside what its child took.</summary>
    public static double AttemptSeconds(CellKind cell) => StartsWithAttempt(cell) ? StartSeconds(cell) : 0;

    /// <summary>With which children its starts are counted; null where they need no turn.</summary>
    public static PacedKind? PacedAs(CellKind cell) => cell switch
    {
        CellKind.Auto or CellKind.Thread => null,
        CellKind.Docker => PacedKind.Docker,
        _ => PacedKind.Heavy,
    };

    /// <summary>How fast all parents together may start them.</summary>
    public static SpawnPace Pace(PacedKind kind, MachineInput machine) => kind == PacedKind.Docker
        ? SpawnPace.PerMinute(machine.DockerPerMinute)
        : SpawnPace.PerSecond(machine.HeavyPerSecond);
}
