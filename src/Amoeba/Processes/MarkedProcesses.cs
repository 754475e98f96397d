using System.Text;

namespace Amoeba.Processes;

/// <summary>Processes by what stands in their environment, for whoever knows nothing else of them.</summary>
internal static class MarkedProcesses
{
    /// <summary>One look at all the processes there are.</summary>
    /// <param name="name">The variable by which they are marked.</param>
    /// <returns>By NAME=VALUE the numbers of those that have it; of another user's nothing is to be seen.</returns>
    public static ILookup<string, int> By(string name)
    {
        var start = Encoding.UTF8.GetBytes(name + "=");
        return ProcFs.Pids()
            .Select(pid => (Pid: pid, Mark: MarkOf(ProcFs.Environment(pid), start)))
            .Where(one => one.Mark is not null)
            .ToLookup(one => one.Mark!, one => one.Pid, StringComparer.Ordinal);
    }

    private static string? MarkOf(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> start)
    {
        while (!environment.IsEmpty)
        {
            var end = environment.IndexOf((byte)0);
            var entry = end < 0 ? environment : environment[..end];
            if (entry.StartsWith(start)) return Encoding.UTF8.GetString(entry);
            environment = end < 0 ? [] : environment[(end + 1)..];
        }

        return null;
    }
}
