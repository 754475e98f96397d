using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Tests.Architecture;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Library;

/// <summary>
/// A program of somebody else, built against the package: from a feed that has nothing but it, beside the packages that
/// this solution was restored with. No registry is asked.
/// </summary>
public sealed class PackageTests : IDisposable
{
    private const string Program = """"
        using System.Diagnostics;
        using Amoeba;
        using Microsoft.Extensions.DependencyInjection;

        using var own = Process.Start("sleep", "300");
        var services = new ServiceCollection();
        services.AddAmoeba(options => options.Home = args[0]);
        await using (var provider = services.BuildServiceProvider())
        {
            var amoeba = provider.GetRequiredService<IAmoeba>();
            foreach (var cell in (string[])["process", "detached"])
            {
                var job = await amoeba.RunAsync($$"""
                    { "name": "in {{cell}}", "each": [1, 2], "cell": "{{cell}}", "children": 2, "merge": "lines",
                      "do": { "sh": "sleep 300 & tr '\\0' ' ' </proc/$PPID/cmdline; echo $AMOEBA_ITEM $!" } }
                    """);
                Console.WriteLine($"{cell}: {job.State} {job.Reason}");
                Console.Write(job.Text);
            }
        }

        Console.WriteLine(own.HasExited ? "our own child was ended" : "our own child lives");
        own.Kill();
        """";

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_program_that_has_the_package_runs_children_in_processes_of_their_own()
    {
        var version = await PackAsync();
        await WriteProgramAsync(version);
        await DotnetAsync(_folder.Path, "publish", "app.csproj", "-o",
            _folder["out"], "-m:1", "-p:UseSharedCompilation=false");
        string[] parts =
            ["amoeba-worker.dll", "amoeba-worker.runtimeconfig.json",
                "Amoeba.dll", "Microsoft.Extensions.Logging.Abstractions.dll"];
        Assert.All(parts,
            part => Assert.True(File.Exists(_folder[$"out/Amoeba.Worker/{part}"]), $"{part} is not published"));
        Assert.All(parts,
            part =>
                Assert.True(File.Exists(_folder[$"bin/Release/net10.0/Amoeba.Worker/{part}"]), $"{part} is not built"));

        var text = await DotnetAsync(_folder.Path, _folder["out/app.dll"], _folder["home"]);
        var lines = text.TrimEnd('\n').Split('\n');
        Assert.Equal(7, lines.Length);
        var worker = $"amoeba-worker {_folder["out/Amoeba.Worker/amoeba-worker.dll"]} ";
        Assert.Equal(("process: Succeeded", "detached: Succeeded"), (lines[0].TrimEnd(), lines[3].TrimEnd()));
        Assert.All([.. lines[1..3], .. lines[4..6]], line => Assert.StartsWith(worker, line, StringComparison.Ordinal));
        Assert.Equal(["1", "2", "1", "2"],
            ((string[])[.. lines[1..3], .. lines[4..6]]).Select(line => line.Split(' ')[^2]));
        // What a task left running ended with it, and nothing else of the program's did.
        Assert.All([.. lines[1..3], .. lines[4..6]],
            line => Assert.False(Directory.Exists($"/proc/{line.Split(' ')[^1]}"), line));
        Assert.Equal("our own child lives", lines[6]);
    }

    /// <summary>As it was built with these tests.</summary>
    private async Task<string> PackAsync()
    {
        var isDebug = new DirectoryInfo(AppContext.BaseDirectory).Name == "debug";
        await DotnetAsync(
            Repository.Root, "pack", "src/Amoeba", "--no-build", "-c",
            isDebug ? "Debug" : "Release", "-o", _folder["feed"], "-m:1");
        var package = Assert.Single(Directory.GetFiles(_folder["feed"]));
        await using var file = await ZipFile.OpenReadAsync(package, Cancel);
        var names = file.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("buildTransitive/Amoeba.targets", names);
        Assert.Contains("worker/amoeba-worker.dll", names);
        // Bundling takes a file's path for the file: with one for both, a program of one file would lack the worker's.
        Assert.Contains("worker/Amoeba.dll", names);
        return Path.GetFileNameWithoutExtension(package)["Amoeba.".Length..];
    }

    private async Task WriteProgramAsync(string version)
    {
        using var assets = JsonDocument.Parse(Repository.Text("artifacts/obj/Amoeba.Tests/project.assets.json"));
        var folders = string.Join(
            ';', assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name));
        var injection =
            assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/'))
            .Single(name => name[0] == "Microsoft.Extensions.DependencyInjection")[1];
        await File.WriteAllTextAsync(_folder["app.csproj"], string.Create(CultureInfo.InvariantCulture, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <NuGetAudit>false</NuGetAudit>
                <UseAppHost>false</UseAppHost>
                <RestoreSources>{_folder["feed"]}</RestoreSources>
                <RestorePackagesPath>{_folder["packages"]}</RestorePackagesPath>
                <RestoreFallbackFolders>{folders}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Amoeba" Version="{version}" />
                <PackageReference Include="Microsoft.Extensions.DependencyInjection" Version="{injection}" />
              </ItemGroup>
            </Project>
            """), Cancel);
        await File.WriteAllTextAsync(_folder["Program.cs"], Program, Cancel);
    }

    private async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        var temporary = Directory.CreateDirectory(_folder["tmp"]).FullName;
        var variables = EnvironmentBuilder.OfThisProcess()
            .Where(pair => !pair.Key.StartsWith("AMOEBA_", StringComparison.Ordinal) && pair.Key != "TMPDIR")
            .Select(pair => $"{pair.Key}={pair.Value}")
            .Concat(["MSBUILDDISABLENODEREUSE=1", "DOTNET_CLI_TELEMETRY_OPTOUT=1",
                "DOTNET_NOLOGO=1", $"TMPDIR={temporary}"])
            .ToList();
        var dotnet = Executables.Resolve("dotnet", folder, Environment.GetEnvironmentVariable("PATH"));
        Assert.NotNull(dotnet);
        using var launcher = new ProgramLauncher(TimeProvider.System);
        var (run, failure) = await launcher.CaptureAsync(
            new ProgramStart(dotnet, arguments, variables, folder), 1 << 20, TimeSpan.FromMinutes(15), Cancel);
        Assert.Null(failure);
        var text = Encoding.UTF8.GetString(run!.Stdout);
        Assert.True(run.Exit.Succeeded,
            $"dotnet {string.Join(' ', arguments)}: {text}{Encoding.UTF8.GetString(run.Stderr)}");
        return text;
    }
}
