using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace Amoeba.Cells.Docker;

/// <summary>The worker as it is installed here, and the runtime that runs here: what every image gets.</summary>
internal static class WorkerFiles
{
    public const string Runtime = "/opt/dotnet";

    private const string Name = "amoeba-worker";
    private const string Framework = "shared/Microsoft.NETCore.App";

    /// <summary>Source and place of each file, in a fixed order.</summary>
    /// <exception cref="IOException">There is no worker, or no runtime that could be copied.</exception>
    public static IReadOnlyList<(string Source, string Target)> Collect(string installed)
    {
        var version = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        var root = Path.GetFullPath(Path.Combine(version, "..", "..", ".."));
        var hosts = Path.Combine(root, "host", "fxr");
        if (!Directory.Exists(hosts) || !Directory.Exists(Path.Combine(root, Framework)))
        {
            throw new IOException(
                $"Amoeba runs here with a .NET runtime of its own ({version}), which cannot be copied into an image; "
                + "install the .NET 10 runtime and a build of Amoeba that uses it");
        }

        var host =
            Directory.GetDirectories(hosts)
                .OrderBy(
                    folder => System.Version.TryParse(Path.GetFileName(folder), out var number)
                        ? number
                        : new System.Version()).Last();
        return
        [
            .. Own(installed).Select(file => (file, $"/opt/amoeba/{Path.GetFileName(file)}")),
            .. Below(host, $"{Runtime}/host/fxr/{Path.GetFileName(host)}"),
            .. Below(version, $"{Runtime}/{Framework}/{Path.GetFileName(version)}"),
        ];
    }

    /// <summary>The worker's program with every assembly it refers to, directly or through another.</summary>
    private static IEnumerable<string> Own(string installed)
    {
        var assembly = Path.Combine(installed, $"{Name}.dll");
        if (!File.Exists(assembly) || !File.Exists(Path.Combine(installed, Name)))
            throw new IOException(
                $"{Name} is not in {installed}, where it is installed with Amoeba; install Amoeba again");
        var found = new SortedSet<string>(StringComparer.Ordinal) { assembly };
        var open = new Queue<string>([assembly]);
        while (open.TryDequeue(out var next))
        {
            foreach (var reference in References(next).Select(name => Path.Combine(installed, $"{name}.dll")))
            {
                if (File.Exists(reference) && found.Add(reference)) open.Enqueue(reference);
            }
        }

        return [Path.Combine(installed, Name), Path.Combine(installed, $"{Name}.runtimeconfig.json"), .. found];
    }

    private static string[] References(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(
            handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    private static IEnumerable<(string Source, string Target)> Below(string folder, string target) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(file => (file, $"{target}/{Path.GetRelativePath(folder, file)}"));
}
