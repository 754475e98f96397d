using System.Runtime.InteropServices;

namespace Amoeba.Cells.Workers;

/// <summary>
/// Where the .NET runtime is that workers run on: the one that runs this program, or where it brings its own, the one
/// that is installed.
/// </summary>
internal static class InstalledRuntime
{
    private static readonly Lazy<string?> Found = new(() => Find(Places()));

    /// <summary>Its program, which runs an assembly; null where there is none.</summary>
    public static string? Host =>
        Found.Value is { } root && HostOf(root) is var host && File.Exists(host) ? host : null;

    /// <summary>NAME=VALUE by which an executable finds it; none where it has to look for itself.</summary>
    public static IEnumerable<string> Variables => Found.Value is { } root ? [$"DOTNET_ROOT={root}"] : [];

    /// <summary>The first that is a runtime's.</summary>
    internal static string? Find(IEnumerable<string?> places) =>
        places.FirstOrDefault(place => place is not null && Directory.Exists(Path.Combine(place, "host", "fxr")));

    private static IEnumerable<string?> Places()
    {
        yield return Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        yield return Environment.GetEnvironmentVariable("DOTNET_ROOT");
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            ':', StringSplitOptions.RemoveEmptyEntries))
        {
            var program = new FileInfo(HostOf(folder));
            if (program.Exists)
                yield return Path.GetDirectoryName(
                    (program.ResolveLinkTarget(returnFinalTarget: true) ?? program).FullName);
        }

        yield return "/usr/share/dotnet";
        yield return "/usr/lib/dotnet";
        yield return "/usr/local/share/dotnet";
    }

    private static string HostOf(string root) => Path.Combine(root, "dotnet");
}
