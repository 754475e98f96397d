using Amoeba.Cells.Wire;
using Amoeba.Processes;

namespace Amoeba.Cells.Workers;

/// <summary>The worker's program and how it is started.</summary>
/// <param name="Path">Full path: of an executable, or of an assembly (.dll) that the installed runtime runs.</param>
internal sealed record WorkerProgram(string Path)
{
    private const string Name = "amoeba-worker";

    /// <summary>
    /// Where the package puts it: apart from the program's own assemblies, which may be trimmed, bundled or others.
    /// </summary>
    private const string Folder = "Amoeba.Worker";

    /// <summary>The one that was installed beside this library; null where there is none.</summary>
    public static WorkerProgram? Find()
    {
        var path = System.IO.Path.Combine(AppContext.BaseDirectory, Name);
        if (File.Exists(path)) return new WorkerProgram(path);
        var packed = System.IO.Path.Combine(AppContext.BaseDirectory, Folder, $"{Name}.dll");
        return File.Exists(packed) ? new WorkerProgram(packed) : null;
    }

    public static string NotThere =>
        $"{Name} is not in {AppContext.BaseDirectory}, where it is installed with Amoeba; "
            + "install Amoeba again, or use `cell: thread`";

    /// <summary>The same for a program that Amoeba is a part of.</summary>
    public static string NotInProgram =>
        $"{Name} is not in {AppContext.BaseDirectory}, where the package brings it with a build (not with "
            + "AmoebaWorker=false), and a "
        + "reference to the project Amoeba.Worker does; name one that is elsewhere by "
        + "AmoebaOptions.Worker, or use `cell: thread`";

    private bool IsAssembly => Path.EndsWith(".dll", StringComparison.Ordinal);

    /// <summary>What it lacks, for a person, with what to do about it; null where it can be started.</summary>
    public string? Lacks()
    {
        if (!File.Exists(Path))
            return $"there is no {Path}, which AmoebaOptions.Worker names; it takes the full path "
                + $"of {Name} or {Name}.dll";
        if (IsAssembly && InstalledRuntime.Host is null)
        {
            return $"{Path} needs the .NET runtime, and this program brings a runtime of its own that "
                + "nothing else can use; install "
                + $"the .NET {Environment.Version.Major} runtime (https://dot.net), or publish Amoeba.Worker with "
                + "--self-contained and name its "
                + $"{Name} by AmoebaOptions.Worker";
        }

        return null;
    }

    /// <param name="environment">What every child gets: where programs are, home, language.</param>
    /// <param name="own">The child's own marks; the last is the one that only its tree has.</param>
    /// <param name="beat">Between two signs of life.</param>
    /// <param name="theirs">The worker's side of its channel.</param>
    public ProgramStart Start(
        IReadOnlyList<string> environment, IReadOnlyList<string> own, TimeSpan beat, int theirs) =>
        Start(environment, own, Protocol.Arguments(beat)) with { ExtraDescriptors = [theirs] };

    /// <summary>One that reads its task from a folder and outlives whoever started it.</summary>
    /// <param name="environment">What every child gets.</param>
    /// <param name="own">The child's own marks; the last is the one that only its tree has.</param>
    /// <param name="beat">Between two signs of life.</param>
    /// <param name="folder">Where its task lies; full path.</param>
    public ProgramStart StartDetached(
        IReadOnlyList<string> environment, IReadOnlyList<string> own, TimeSpan beat, string folder) =>
        Start(environment, own, [.. Protocol.Arguments(beat), folder]) with { Tree = TreeCare.Leave };

    private ProgramStart Start(
        IReadOnlyList<string> environment, IReadOnlyList<string> own, IReadOnlyList<string> arguments) => new(
        IsAssembly ? InstalledRuntime.Host ?? Path : Path,
        IsAssembly ? [Path, .. arguments] : arguments,
        // The runtime that runs here runs there; and its door for debuggers would stay behind when a worker is killed.
        [.. environment, .. own, .. InstalledRuntime.Variables, "DOTNET_EnableDiagnostics=0"],
        "/")
        {
            Name = Name,
            Cookie = own[^1],
        };
}
