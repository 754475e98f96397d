namespace Amoeba.Machine;

/// <summary>Where this process is in the kernel's control groups, versions 1, 2, both or none.</summary>
internal sealed class Cgroups
{
    private readonly MachineFiles _files;
    private readonly Dictionary<string, Place> _v1 = new(StringComparer.Ordinal);
    private readonly Place? _v2;

    internal Cgroups(MachineFiles files)
    {
        _files = files;
        var paths = PathsByController();
        foreach (var line in files.Lines("/proc/self/mountinfo"))
        {
            // "36 35 98:0 /root /mount/point options - type source superoptions"
            var halves = line.Split(" - ", 2);
            var left = halves[0].Split(' ');
            var right = halves.Length > 1 ? halves[1].Split(' ') : [];
            if (left.Length < 5 || right.Length < 3) continue;
            if (right[0] == "cgroup2" && paths.TryGetValue("", out var path)) _v2 = At(left[4], left[3], path);
            if (right[0] != "cgroup") continue;
            foreach (var controller in right[2].Split(','))
            {
                if (paths.TryGetValue(controller, out path)) _v1[controller] = At(left[4], left[3], path);
            }
        }
    }

    /// <summary>"v1", "v2", "v1 and v2" or "none".</summary>
    internal string Layout => (_v1.Count > 0, _v2 is not null) switch
    {
        (true, true) => "v1 and v2",
        (true, false) => "v1",
        (false, true) => "v2",
        _ => "none",
    };

    /// <summary>Processors the quota allows; null when there is none.</summary>
    internal double? CpuQuota()
    {
        double? least = null;
        foreach (var folder in Folders("cpu", out var isV2))
        {
            var (quota, period) = isV2
                ? Pair(_files.Text($"{folder}/cpu.max"))
                : (_files.Number($"{folder}/cpu.cfs_quota_us"), _files.Number($"{folder}/cpu.cfs_period_us"));
            if (quota > 0 && period > 0) least = Math.Min(least ?? double.MaxValue, (double)quota.Value / period.Value);
        }

        return least;
    }

    /// <summary>Processor time this group has used, in seconds.</summary>
    internal double? CpuSeconds()
    {
        if (_v1.TryGetValue("cpuacct", out var place)) return _files.Number($"{place.Own}/cpuacct.usage") / 1e9;
        return _v2 is null ? null : _files.Value($"{_v2.Own}/cpu.stat", "usage_usec") / 1e6;
    }

    /// <summary>
    /// The tightest memory limit above us and what is still free below any of them; null when there is none.
    /// </summary>
    internal (long Limit, long Available)? Memory()
    {
        (long Limit, long Available)? tightest = null;
        foreach (var folder in Folders("memory", out var isV2))
        {
            var limit = _files.Number($"{folder}/{(isV2 ? "memory.max" : "memory.limit_in_bytes")}");
            // Version 1 says "no limit" with a number near the largest there is.
            if (limit is null or >= long.MaxValue / 2) continue;
            var used = _files.Number($"{folder}/{(isV2 ? "memory.current" : "memory.usage_in_bytes")}") ?? 0;
            // The kernel gives this up before it refuses memory.
            var spare = _files.Value($"{folder}/memory.stat", isV2 ? "inactive_file" : "total_inactive_file") ?? 0;
            var available = Math.Max(0, limit.Value - Math.Max(0, used - spare));
            tightest = tightest is { } before
                ? (Math.Min(before.Limit, limit.Value), Math.Min(before.Available, available))
                : (limit.Value, available);
        }

        return tightest;
    }

    /// <summary>Where groups for what we start may be made, and what they can hold.</summary>
    internal CgroupOffer Offer()
    {
        string? V1(string controller) =>
            _v1.TryGetValue(controller, out var place) && CanMakeIn(place.Own) ? place.Own : null;
        var offer = new CgroupOffer
        {
            Memory = V1("memory"),
            Cpu = V1("cpu"),
            Processes = V1("pids"),
            WhyNot =
                _v1.Count == 0 && _v2 is null ? "the kernel shows none" : "this user may not make groups in its own",
        };
        if (_v2 is null || !CanMakeIn(_v2.Own)) return offer;
        // The first group of all has no such file; it alone may hold both processes and groups with limits.
        var isFirst = !_files.Exists($"{_v2.Own}/cgroup.type");
        if (!isFirst && !IsOursAlone(_v2.Own))
        {
            return offer with
            {
                WhyNot = "other processes share this one's group; "
                    + "`systemd-run --user --scope -p Delegate=yes amoeba ...` gives one of its own",
            };
        }

        var controllers = Enabling(_v2.Own);
        if (!controllers.Contains("memory") || !controllers.Contains("pids") || offer.Memory is not null)
        {
            offer = offer with { WhyNot = "memory and pids cannot be enabled for groups below its own" };
            return _files.Exists($"{_v2.Own}/cgroup.kill") || isFirst ? offer with { Unified = _v2.Own } : offer;
        }

        return new CgroupOffer
        {
            Memory = _v2.Own,
            Cpu = controllers.Contains("cpu") ? _v2.Own : offer.Cpu,
            Processes = _v2.Own,
            Unified = _v2.Own,
            MovesUs = !isFirst,
        };
    }

    /// <summary>The controllers that groups below have, or can be given by us.</summary>
    private string[] Enabling(string folder)
    {
        var already = $"{folder}/cgroup.subtree_control";
        var controllers = _files.CanWrite(already) ? _files.Text($"{folder}/cgroup.controllers") : _files.Text(already);
        return (controllers ?? "").Split(' ', '\n');
    }

    private bool CanMakeIn(string folder) => _files.CanWrite($"{folder}/cgroup.procs") && _files.CanMakeIn(folder);

    /// <summary>True when it holds nobody but us and what we started.</summary>
    private bool IsOursAlone(string folder)
    {
        var pids =
            _files.Lines($"{folder}/cgroup.procs").Select(static line => MachineFiles.Parse(line) ?? 0).ToHashSet();
        return pids.All(pid => IsOurs(pid));
    }

    private bool IsOurs(long pid)
    {
        for (var steps = 0; pid > 1 && steps < 100; steps++)
        {
            if (pid == Environment.ProcessId) return true;
            pid = _files.Value(FormattableString.Invariant($"/proc/{pid}/status"), "PPid") ?? 0;
        }

        return false;
    }

    /// <summary>Our group of a controller and all above it, ours first: the tightest limit of these counts.</summary>
    private IEnumerable<string> Folders(string controller, out bool isV2)
    {
        isV2 = !_v1.TryGetValue(controller, out var place);
        return (place ?? _v2)?.UpToMount() ?? [];
    }

    private Dictionary<string, string> PathsByController()
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in _files.Lines("/proc/self/cgroup"))
        {
            // "4:memory:/some/group", and version 2 as "0::/some/group".
            var fields = line.Split(':', 3);
            if (fields.Length < 3) continue;
            foreach (var controller in fields[1].Split(',')) paths[controller] = fields[2];
        }

        return paths;
    }

    /// <summary>
    /// A container often sees its own group as the mount's root while /proc/self/cgroup tells the host's path: what is
    /// above the mounted root is cut off, and a path that is not there means the mount itself.
    /// </summary>
    private Place At(string mount, string mountedRoot, string path)
    {
        var below = mountedRoot != "/" && path.StartsWith(mountedRoot, StringComparison.Ordinal)
            ? path[mountedRoot.Length..]
            : path;
        var own = (mount + "/" + below.Trim('/')).TrimEnd('/');
        return Directory.Exists(_files.PathOf(own)) ? new Place(mount, own) : new Place(mount, mount);
    }

    private static (long?, long?) Pair(string? text)
    {
        var words = text?.Trim().Split(' ') ?? [];
        return words.Length == 2 ? (MachineFiles.Parse(words[0]), MachineFiles.Parse(words[1])) : (null, null);
    }

    private sealed record Place(string Mount, string Own)
    {
        internal IEnumerable<string> UpToMount()
        {
            for (var folder = Own; folder.Length >= Mount.Length; folder = folder[..folder.LastIndexOf('/')])
                yield return folder;
        }
    }
}
