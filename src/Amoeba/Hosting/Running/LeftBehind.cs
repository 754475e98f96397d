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
        if (left.Count == 0) return $"a control group that its last parent {parent} left cannot be emptied";
        var pids = string.Join(", ", left.Select(process => process.Pid).Order().Take(MostNamed));
        return $"what its last parent {parent} left cannot be ended (pid "
            + $"{pids}{(left.Count > MostNamed ? ", ..." : "")})";
    }
}
