using System.Globalization;
using Amoeba.Engine.Records;
using Amoeba.Processes;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Which process a parent is: its number alone could be another's by now, and means nothing in another space of
/// numbers.
/// </summary>
internal static class ParentIdentity
{
    public static ParentRecord Of(string id, DateTimeOffset now) => new(
        id, Environment.ProcessId, BootId.Current, StartOf(Environment.ProcessId) ?? 0, now,
        typeof(ParentIdentity).Assembly.GetName().Version!.ToString(3))
    {
        Space = ProcessSpace.Current,
    };

    /// <summary>
    /// The same process still lives. To be asked of one whose lock is held: where nothing else can be told, that says
    /// so alone.
    /// </summary>
    public static bool IsAlive(ParentRecord parent) =>
        IsElsewhere(parent)
        || (parent.Boot == BootId.Current && StartOf(parent.Pid) is { } start
            ? start == parent.StartTime
            : BootId.Current.Length == 0);

    /// <summary>
    /// On this machine, where its process cannot be seen from here, as in another container with the same home: only
    /// its lock tells whether it, or its guardian, lives.
    /// </summary>
    public static bool IsElsewhere(ParentRecord parent) => parent.Boot == BootId.Current && parent.Space.Length > 0
        && ProcessSpace.Current.Length > 0 && parent.Space != ProcessSpace.Current;

    /// <summary>Field 22 of /proc/PID/stat: ticks since boot at which it started.</summary>
    private static long? StartOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
