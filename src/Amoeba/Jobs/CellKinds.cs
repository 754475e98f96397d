namespace Amoeba.Jobs;

/// <summary>What kinds of cells are worth.</summary>
internal static class CellKinds
{
    /// <summary>How far a kind keeps its tasks apart; for auto, how far it does at least.</summary>
    public static Isolation Gives(CellKind cell) => cell switch
    {
        CellKind.Process or CellKind.Detached or CellKind.Node => Isolation.Process,
        CellKind.Docker => Isolation.Container,
        _ => Isolation.None,
    };

    /// <summary>The lightest kind that isolates so far.</summary>
    public static CellKind Lightest(Isolation isolation) => isolation switch
    {
        Isolation.Container => CellKind.Docker,
        Isolation.Process => CellKind.Process,
        _ => CellKind.Thread,
    };

    /// <summary>Why the two cannot be had together, for a person; null where they can.</summary>
    /// <param name="cell">The kind that is asked for.</param>
    /// <param name="isolation">How far it is to isolate.</param>
    /// <param name="from">Where that is asked for, such as a file; null where the cell is.</param>
    public static string? Conflict(CellKind cell, Isolation isolation, string? from = null) =>
        cell == CellKind.Auto || Gives(cell) >= isolation
            ? null
            : $"cell {Names.Of(cell)} does not isolate as far as isolation: "
                + $"{Names.Of(isolation)}{(from is null ? "" : $" ({from})")} asks; leave the cell to auto, "
                + $"or use {Names.Of(Lightest(isolation))}.";
}
