using System.Globalization;

namespace Amoeba.Processes;

/// <summary>The file system of control groups, as far as it is needed; a test has one of its own.</summary>
internal interface IGroupFiles
{
    /// <summary>Null where there is no such file.</summary>
    string? Read(string path);

    /// <summary>False when the kernel refuses, or there is no such file.</summary>
    bool Write(string path, string text);

    bool Make(string folder);

    /// <summary>False while the group holds processes or groups.</summary>
    bool Remove(string folder);

    IReadOnlyList<string> Below(string folder);
}

/// <summary>The kernel's own.</summary>
internal sealed class KernelGroupFiles : IGroupFiles
{
    internal static KernelGroupFiles Instance { get; } = new();

    public string? Read(string path) => Try(() => File.ReadAllText(path));

    public bool Write(string path, string text) => Try(() =>
    {
        // Opened, never made: on a file system that is none of control groups nothing is to appear.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        return "";
    }) is not null;

    public bool Make(string folder) => Try(() => Directory.CreateDirectory(folder).FullName) is not null;

    public bool Remove(string folder) => Try(() =>
    {
        Directory.Delete(folder);
        return "";
    }) is not null || !Directory.Exists(folder);

    public IReadOnlyList<string> Below(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Try(Func<string> act)
    {
        try
        {
            return act();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

internal static class GroupReading
{
    internal static List<int> Processes(this IGroupFiles files, string folder)
    {
        var pids = new List<int>();
        foreach (var line in (files.Read($"{folder}/cgroup.procs") ?? "").Split('\n'))
        {
            // Zero is a process outside our numbering.
            if (int.TryParse(line, CultureInfo.InvariantCulture, out var pid) && pid > 0) pids.Add(pid);
        }

        return pids;
    }

    internal static long? Number(this IGroupFiles files, string path) =>
        long.TryParse(files.Read(path), CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The number after a word in lines such as "oom_kill 3".</summary>
    internal static long? Value(this IGroupFiles files, string path, string word)
    {
        foreach (var line in (files.Read(path) ?? "").Split('\n'))
        {
            if (line.StartsWith(word, StringComparison.Ordinal) && line.AsSpan(word.Length).StartsWith(" ")
                && long.TryParse(line.AsSpan(word.Length), CultureInfo.InvariantCulture, out var value))
            {
                return value;
            }
        }

        return null;
    }
}
