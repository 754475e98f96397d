using Amoeba.Jobs;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Which kinds of cells can be used here. Looks when it is asked: for some kinds a look takes a while.
/// </summary>
internal static class CellSight
{
    /// <summary>What a kind lacks, for a person, with how to get it; null where it can be used.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="options">What the parent was told.</param>
    public static string? Missing(CellKind kind, ParentOptions options) => kind switch
    {
        CellKind.Auto or CellKind.Thread => null,
        CellKind.Docker => null, // its daemon is asked when a job is submitted, not when one is only looked at
        CellKind.Process => NoWorker(options),
        CellKind.Detached => options.Home is null ? options.NoHome : NoWorker(options),
        _ =>
            "this version runs children in thread, process, detached and docker cells; use `cell: auto` or one of them",
    };

    private static string? NoWorker(ParentOptions options) =>
        options.Worker is { } worker ? worker.Lacks() : options.NoWorker;
}
