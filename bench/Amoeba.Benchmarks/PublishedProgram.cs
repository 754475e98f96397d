using Amoeba.Cells.Workers;

namespace Amoeba.Benchmarks;

/// <summary>The least a .NET program can be, published as ours are.</summary>
internal static class PublishedProgram
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <InvariantGlobalization>true</InvariantGlobalization>
          </PropertyGroup>
        </Project>
        """;

    /// <summary>One that prints hello.</summary>
    /// <returns>Its path.</returns>
    public static Task<string> HelloAsync(BenchRoom room, CancellationToken cancel) =>
        MakeAsync(room, "hello", "System.Console.WriteLine(\"hello\");", cancel);

    /// <summary>One that does nothing, with the settings that the worker's runtime has.</summary>
    /// <returns>Its path.</returns>
    public static async Task<string> EmptyAsync(BenchRoom room, WorkerProgram worker, CancellationToken cancel)
    {
        var path = await MakeAsync(room, "empty", "static class Program { static void Main() { } }", cancel);
        File.Copy($"{worker.Path}.runtimeconfig.json", $"{path}.runtimeconfig.json", overwrite: true);
        File.Delete($"{path}.deps.json");
        return path;
    }

    private static async Task<string> MakeAsync(BenchRoom room, string name, string text, CancellationToken cancel)
    {
        var source = Directory.CreateDirectory(Path.Combine(room.Folder, name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(source, $"{name}.csproj"), Project, cancel);
        await File.WriteAllTextAsync(Path.Combine(source, "Program.cs"), text, cancel);
        // Nothing of a folder above is to change it.
        await File.WriteAllTextAsync(Path.Combine(source, "Directory.Build.props"), "<Project />", cancel);
        await File.WriteAllTextAsync(Path.Combine(source, "Directory.Packages.props"), "<Project />", cancel);
        var output = Path.Combine(room.Folder, $"{name}-built");
        await room.RunAsync(
            "dotnet",
            ["publish", source, "--configuration", "Release", "--use-current-runtime", "--no-self-contained",
                "-p:PublishReadyToRun=true", "-p:UseSharedCompilation=false",
                "-nodeReuse:false", "--output", output, "--verbosity", "quiet"],
            cancel);
        return Path.Combine(output, name);
    }
}
