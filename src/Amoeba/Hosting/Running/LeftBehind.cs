using Amoeba.Deciding;
using Amoeba.Machine;
using Amoeba.Processes;

namespace Amoeba.Hosting.Running;

/// <summary>What a dead parent left running.</summary>
internal static class LeftBehind
{
    private const int MostNamed = 5;

    /// <summary>Ends it, and says how many processes that were and whether nothing is left.</summary>
    public static Task<(int Killed, bool Clean)> SweepAsync(
        string parent, TimeProvider time, CancellationToken cancel) =>
        Leftovers.SweepAsync(parent, time, cancel, LimitWays.Places(new MachineReader(time)));

    /// <summary>What is left where it could not be ended, for a person.</summary>
    public static string Words(string parent)
    {
        var left = Leftovers.Find(parent);
        return left.Count == 0
            ? $"a control group that its last parent {parent} left cannot be emptied"
            : $"what its last parent {parent} left cannot be ended ({Pids(left)})";
    }

    /// <summary>What runs of a dead parent and would be ended, for a person; null where nothing does.</summary>
    public static string? Running(string parent) => Leftovers.Find(parent) is { Count: > 0 } left
        ? $"{Say.Count(left.Count, "process", "processes")} that parent {parent} left when it crashed ({Pids(left)})"
        : null;

    private static string Pids(IReadOnlyList<ProcessStat> processes) =>
        $"pid {string.Join(", ", processes.Select(process => process.Pid).Order().Take(MostNamed))}"
            + (processes.Count > MostNamed ? ", ..." : "");
}
