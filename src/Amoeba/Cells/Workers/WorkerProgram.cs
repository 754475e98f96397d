using System.Runtime.InteropServices;
using Amoeba.Cells.Wire;
using Amoeba.Processes;

namespace Amoeba.Cells.Workers;

/// <summary>The worker's executable and how it is started.</summary>
/// <param name="Path">Full path of the executable.</param>
internal sealed record WorkerProgram(string Path)
{
    private const string Name = "amoeba-worker";

    /// <summary>The one that was installed beside this library; null where there is none.</summary>
    public static WorkerProgram? Find()
    {
        var path = System.IO.Path.Combine(AppContext.BaseDirectory, Name);
        return File.Exists(path) ? new WorkerProgram(path) : null;
    }

    public static string NotThere =>
        $"{Name} is not in {AppContext.BaseDirectory}, where it is installed with Amoeba; install Amoeba again, or use `cell: thread`";

    /// <param name="environment">What every child gets: where programs are, home, language.</param>
    /// <param name="own">The child's own marks; the last is the one that only its tree has.</param>
    /// <param name="beat">Between two signs of life.</param>
    /// <param name="theirs">The worker's side of its channel.</param>
    public ProgramStart Start(IReadOnlyList<string> environment, IReadOnlyList<string> own, TimeSpan beat, int theirs) =>
        Start(environment, own, Protocol.Arguments(beat)) with { ExtraDescriptors = [theirs] };

    /// <summary>One that reads its task from a folder and outlives whoever started it.</summary>
    /// <param name="environment">What every child gets.</param>
    /// <param name="own">The child's own marks; the last is the one that only its tree has.</param>
    /// <param name="beat">Between two signs of life.</param>
    /// <param name="folder">Where its task lies; full path.</param>
    public ProgramStart StartDetached(
        IReadOnlyList<string> environment, IReadOnlyList<string> own, TimeSpan beat, string folder) =>
        Start(environment, own, [.. Protocol.Arguments(beat), folder]) with { Tree = TreeCare.Leave };

    private ProgramStart Start(IReadOnlyList<string> environment, IReadOnlyList<string> own, IReadOnlyList<string> arguments) => new(
        Path,
        arguments,
        // The runtime that runs here runs there; and its door for debuggers would stay behind when a worker is killed.
        [.. environment, .. own, $"DOTNET_ROOT={RuntimeRoot()}", "DOTNET_EnableDiagnostics=0"],
        "/")
    {
        Name = Name,
        Cookie = own[^1],
    };

    private static string RuntimeRoot() => System.IO.Path.GetFullPath(
        System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
