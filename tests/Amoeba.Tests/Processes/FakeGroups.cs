using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

/// <summary>
/// Control groups of version 2 in memory, with the kernel's rules: a process is in one group, a group with controllers
/// for its children holds no processes, and one that holds something cannot be removed.
/// </summary>
internal sealed class FakeGroups : IGroupFiles
{
    private readonly Dictionary<string, string> _files = [];
    private readonly Dictionary<string, HashSet<string>> _groups = [];

    internal FakeGroups(string root, string controllers, params string[] pids)
    {
        Make(root);
        _files[$"{root}/cgroup.controllers"] = controllers;
        _groups[root].UnionWith(pids);
    }

    /// <summary>The root given is the first group of all, which may hold processes beside groups with limits.</summary>
    internal bool IsFirst { get; init; }

    /// <summary>
    /// Somebody else's doing at the moment between the making of a group and what its maker does next.
    /// </summary>
    internal Action<string> OnMade { get; set; } = static _ => { };

    internal string this[string path]
    {
        get => Read(path)!;
        set => _files[path] = value;
    }

    internal IEnumerable<string> Groups => _groups.Keys.Order();

    public string? Read(string path) => Split(path) switch
    {
        (var group, "cgroup.procs") => _groups.TryGetValue(group, out var pids) ? string.Join('\n', pids) : null,
        _ => _files.GetValueOrDefault(path),
    };

    public bool Write(string path, string text)
    {
        var (group, file) = Split(path);
        if (!_groups.TryGetValue(group, out var pids)) return false;
        switch (file)
        {
            case "cgroup.procs":
                if (!IsFirst && !string.IsNullOrWhiteSpace(Read($"{group}/cgroup.subtree_control"))) return false;
                foreach (var other in _groups.Values) other.Remove(text);
                return pids.Add(text);
            case "cgroup.subtree_control":
                if (pids.Count > 0 && !IsFirst) return false;
                if (!Enabled(group, "cgroup.controllers").Contains(text[1..])) return false;
                var enabled = Enabled(group, file).ToHashSet();
                _ = text[0] == '+' ? enabled.Add(text[1..]) : enabled.Remove(text[1..]);
                _files[path] = string.Join(' ', enabled);
                return true;
            case "cgroup.kill":
                foreach (var (other, killed) in _groups)
                {
                    if ($"{other}/".StartsWith($"{group}/", StringComparison.Ordinal)) killed.Clear();
                }

                return true;
            default:
                // The files of a controller are there where the group above has enabled it.
                if (!Enabled(Split(group).Group, "cgroup.subtree_control").Contains(file.Split('.')[0])) return false;
                _files[path] = text;
                return true;
        }
    }

    public bool Make(string folder)
    {
        if (_groups.TryAdd(folder, [])) OnMade(folder);
        return true;
    }

    public bool Remove(string folder) =>
        _groups.TryGetValue(folder, out var pids) && pids.Count == 0
            && Below(folder).Count == 0 && _groups.Remove(folder);

    public IReadOnlyList<string> Below(string folder) => [.. _groups.Keys.Where(group => Split(group).Group == folder)];

    private string[] Enabled(string group, string file) =>
        (Read($"{group}/{file}") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static (string Group, string File) Split(string path) =>
        (path[..path.LastIndexOf('/')], path[(path.LastIndexOf('/') + 1)..]);
}
