using Amoeba.Jobs;

namespace Amoeba.Stores.Sqlite;

/// <summary>The words of <see cref="Names"/>, read back.</summary>
internal static class Words
{
    private static readonly Dictionary<string, JobState> JobStates =
        Enum.GetValues<JobState>().ToDictionary(Names.Of, StringComparer.Ordinal);

    private static readonly Dictionary<string, Priority> Priorities =
        Enum.GetValues<Priority>().ToDictionary(Names.Of, StringComparer.Ordinal);

    private static readonly Dictionary<string, CellKind> Cells =
        Enum.GetValues<CellKind>().ToDictionary(Names.Of, StringComparer.Ordinal);

    private static readonly Dictionary<string, ChildState> ChildStates =
        Enum.GetValues<ChildState>().ToDictionary(Names.Of, StringComparer.Ordinal);

    public static JobState JobState(string word) => JobStates[word];

    public static Priority Priority(string word) => Priorities[word];

    public static CellKind Cell(string word) => Cells[word];

    public static ChildState ChildState(string word) => ChildStates[word];
}
