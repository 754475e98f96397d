using System.Globalization;

namespace Amoeba.Machine;

/// <summary>
/// Reads the machine from /proc and /sys. Each reading takes well under a millisecond and starts nothing. Not for two
/// threads at once: use of the processor is measured from one reading to the next.
/// </summary>
internal sealed class MachineReader
{
    private readonly MachineFiles _files;
    private readonly TimeProvider _time;
    private readonly Cgroups _cgroups;
    private (double Busy, double All)? _before;

    /// <param name="time">Measures between two readings where a quota limits the processors.</param>
    /// <param name="root">The folder that proc and sys lie in; only tests have another.</param>
    public MachineReader(TimeProvider time, string root = "/")
    {
        _time = time;
        _files = new MachineFiles(root);
        _cgroups = new Cgroups(_files);
    }

    /// <summary>Reads everything; <paramref name="folder"/> is the one whose free disk space is asked.</summary>
    public MachineFacts Read(string folder)
    {
        var quota = _cgroups.CpuQuota();
        var allowed = AllowedCpus();
        var total = (_files.Value("/proc/meminfo", "MemTotal") ?? FallbackKilobytes()) * 1024;
        var available = (_files.Value("/proc/meminfo", "MemAvailable") * 1024) ?? total;
        if (_cgroups.Memory() is { } group)
        {
            total = Math.Min(total, group.Limit);
            available = Math.Min(available, group.Available);
        }

        return new MachineFacts
        {
            Cpus = Math.Min(allowed, quota ?? allowed),
            CpuUse = CpuUse(quota < allowed ? quota : null),
            MemoryTotal = total,
            MemoryAvailable = available,
            Load = Parse(_files.Text("/proc/loadavg")?.Split(' ')[0]),
            CpuPressure = Pressure("/proc/pressure/cpu"),
            MemoryPressure = Pressure("/proc/pressure/memory"),
            DiskFree = DiskFree(folder),
        };
    }

    /// <summary>What this machine can do for children, for <c>doctor</c>.</summary>
    public MachineSummary Summarize() => new()
    {
        Kernel = _files.Text("/proc/sys/kernel/osrelease")?.Trim() ?? "unknown",
        BootId = _files.Text("/proc/sys/kernel/random/boot_id")?.Trim(),
        Cgroups = _cgroups.Layout,
        Groups = Groups(),
        HasPidfd = KernelVersion.Of(_files) >= new Version(5, 3),
        HasSubreaper = KernelVersion.Of(_files) >= new Version(3, 4),
        HasChildLists =
            _files.Exists(
                "/proc/self/task/" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "/children")
            || _files.Exists("/proc/thread-self/children"),
        HasPressure = _files.Text("/proc/pressure/cpu") is not null,
        // The number that the kernel gives the first namespace is fixed.
        IsInPidNamespace = _files.Link("/proc/self/ns/pid") is { } name && name != "pid:[4026531836]",
    };

    /// <summary>The control groups that may be made here.</summary>
    public CgroupOffer Groups() => _cgroups.Offer();

    private double AllowedCpus()
    {
        var list = _files.Lines("/proc/self/status")
            .FirstOrDefault(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
        if (list is null) return Environment.ProcessorCount;
        var count = 0;
        foreach (var range in list["Cpus_allowed_list:".Length..].Trim().Split(','))
        {
            var ends = range.Split('-');
            if (MachineFiles.Parse(ends[0]) is not { } first || MachineFiles.Parse(ends[^1]) is not { } last)
                return Environment.ProcessorCount;
            count += (int)(last - first + 1);
        }

        return Math.Max(1, count);
    }

    private double? CpuUse(double? quota)
    {
        (double Busy, double All)? now = null;
        if (quota is { } processors && _cgroups.CpuSeconds() is { } used)
            now = (used, _time.GetTimestamp() / (double)_time.TimestampFrequency * processors);
        now ??= WholeMachine();
        var before = _before;
        _before = now;
        if (before is not { } from || now is not { } to || to.All <= from.All) return null;
        return Math.Clamp((to.Busy - from.Busy) / (to.All - from.All), 0, 1);
    }

    private (double, double)? WholeMachine()
    {
        var line = _files.Lines("/proc/stat").FirstOrDefault() ?? "";
        if (!line.StartsWith("cpu ", StringComparison.Ordinal)) return null;
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 6) return null;
        // cpu user nice system idle iowait irq softirq steal; the guests' time after these is in user's already.
        var (busy, all) = (0.0, 0.0);
        for (var i = 1; i < Math.Min(words.Length, 9); i++)
        {
            var ticks = MachineFiles.Parse(words[i]) ?? 0;
            all += ticks;
            busy += i is 4 or 5 ? 0 : ticks;
        }

        return (busy, all);
    }

    private double? Pressure(string file)
    {
        var line =
            _files.Lines(file).FirstOrDefault(static text => text.StartsWith("some avg10=", StringComparison.Ordinal));
        return Parse(line?["some avg10=".Length..].Split(' ')[0]);
    }

    private static double? Parse(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static long FallbackKilobytes() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024;

    private static long? DiskFree(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
