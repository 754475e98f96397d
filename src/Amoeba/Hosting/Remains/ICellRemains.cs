using Amoeba.Jobs;

namespace Amoeba.Hosting.Remains;

/// <summary>A cell that exists on this machine now, seen from outside of any parent.</summary>
/// <param name="Id">What tells it from every other of its kind, and is shown to people.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Job">The job it was made for.</param>
/// <param name="State">In a word: what a child's state is called, or `ended`, `orphaned`, `unknown`.</param>
/// <param name="Pid">Its process on this machine; null where it has none, or none any more.</param>
internal sealed record ExistingCell(string Id, CellKind Kind, string Job, string State, int? Pid)
{
    /// <summary>The state of one of which nobody could tell whether it still runs.</summary>
    public const string Unknown = "unknown";

    /// <summary>The parent that made it; null where that cannot be told.</summary>
    public string? Parent { get; init; }

    public DateTimeOffset? Started { get; init; }

    /// <summary>The ordinal of the task it works on; null where that cannot be told.</summary>
    public int? Task { get; init; }
}

/// <summary>
/// Cells of one kind that can be there without a parent: found, and ended, from whatever process asks.
/// </summary>
internal interface ICellRemains
{
    CellKind Kind { get; }

    /// <summary>False where this home is known to have none, without asking anybody.</summary>
    bool MayHaveAny => true;

    /// <summary>
    /// Those that exist; none where what they live in is not there, or cannot be asked (no folder, no daemon).
    /// </summary>
    Task<IReadOnlyList<ExistingCell>> ListAsync(CancellationToken cancel);

    /// <summary>Why the last list says nothing of what there is, for a person; null where it does.</summary>
    string? NotAsked => null;

    /// <summary>
    /// Why nobody owns it any more (`its job ended`, `its parent is gone`), for a person; null while somebody does.
    /// </summary>
    string? WhyUnowned(ExistingCell cell);

    /// <summary>
    /// Ends what runs in it, with its whole tree, and removes all it left. Harmless where it is gone by now.
    /// </summary>
    /// <returns>Null, or why something of it is still there.</returns>
    Task<string?> RemoveAsync(ExistingCell cell, CancellationToken cancel);
}
