using Amoeba.Jobs;

namespace Amoeba.Deciding;

/// <summary>
/// What is taken of a task where neither history nor the plan says; a decision calls all of it assumed.
/// </summary>
/// <param name="Seconds">Seconds of one item.</param>
/// <param name="Memory">Bytes that admission reserves (SPEC 5.3).</param>
/// <param name="CpuShare">Share of a processor it keeps busy, 0 to 1.</param>
/// <param name="Program">It starts a program of its own.</param>
internal readonly record struct ToolDefaults(double Seconds, long Memory, double CpuShare, bool Program)
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>What a worker of our own holds in cells that are a process, beside its task (SPEC 5.3).</summary>
    public const long WorkerMemory = 64 * Mebibyte;

    /// <summary>
    /// Programs: half of them wait for a disk or a network and half compute, so half a processor each, which without a
    /// wish gives twice as many children as processors. Delegates mostly await something. What calls a model or a
    /// server only waits. A name not listed is taken for a program.
    /// </summary>
    public static ToolDefaults Of(string tool) => tool switch
    {
        "wait" => new ToolDefaults(1, Mebibyte, 0, Program: false),
        "delegate" => new ToolDefaults(0.1, Mebibyte, 0.2, Program: false),
        "fetch" => new ToolDefaults(1, Mebibyte, 0, Program: false),
        "chat" => new ToolDefaults(5, Mebibyte, 0, Program: false),
        _ => new ToolDefaults(1, 32 * Mebibyte, 0.5, Program: true),
    };

    /// <summary>Bytes that a child of the cell needs beside its task's own.</summary>
    public static long MemoryOf(CellKind cell) =>
        cell is CellKind.Process or CellKind.Detached or CellKind.Docker ? WorkerMemory : 0;
}
