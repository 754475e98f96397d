using Amoeba.Cells.Workers;
using Amoeba.Cli.Json;
using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Machine;
using Amoeba.Processes;
using Amoeba.Stores.Sqlite;

namespace Amoeba.Cli.Commands;

/// <summary>The facts that `doctor` shows, each with what is missing and how to get it.</summary>
internal static class DoctorFacts
{
    public const string Ok = "ok";
    public const string Missing = "missing";
    public const string Later = "later";

    public const string Store = "store";

    private const string ElsewhereNothingRuns = "no plan runs on this system yet; plans and stores can be read";

    public static IEnumerable<FactJson> Gather(
        Workplace workplace, CliConsole console, FactJson docker, IEnumerable<FactJson> models)
    {
        var reader = new MachineReader(console.Time);
        var machine = reader.Read(Existing(workplace.Home));
        var summary = reader.Summarize();
        return [OfStore(workplace), .. Cells(docker), .. Tools(console), .. models,
            .. Limits(summary), .. OfMachine(machine, summary, workplace)];
    }

    private static FactJson OfStore(Workplace workplace)
    {
        try
        {
            // Opened for writing, because that is what a run will do; a home that cannot be made shows here.
            var jobs = workplace.Store.ListJobs(null, 1).Count;
            return new(Store, "sqlite", Ok, $"{workplace.StorePath}, schema {SqliteSchema.Version}"
                + (jobs == 0 ? ", no job yet" : ""), null);
        }
        catch (Exception exception)
            when (exception is StoreUnusableException or IOException or UnauthorizedAccessException)
        {
            return new(Store, "sqlite", Missing, exception.Message,
                "see that its folder can be written and has room, or give another one with --home DIR or AMOEBA_HOME");
        }
    }

    private static IEnumerable<FactJson> Cells(FactJson docker)
    {
        if (!OperatingSystem.IsLinux())
        {
            foreach (var cell in (string[])["thread", "process", "detached", "docker"])
                yield return new("cells", cell, Missing, ElsewhereNothingRuns, "Linux, or a Linux container");
            yield break;
        }

        yield return new("cells", "thread", Ok,
            "children live in this process; programs they start are watched and ended as trees", null);
        yield return WorkerProgram.Find() is { } worker
            ? new("cells", "process", Ok, $"children live in processes of their own: {worker.Path}", null)
            : new("cells", "process", Missing, WorkerProgram.NotThere, "install Amoeba again");
        yield return WorkerProgram.Find() is null
            ? new("cells", "detached", Missing, WorkerProgram.NotThere, "install Amoeba again")
            : new("cells", "detached", Ok,
                "children go on when their parent ends, and hold themselves to their limits; "
                + "what sheds its session and its environment is found only while its worker lives", null);
        yield return new("cells", "node", Later, "not in this version", null);
        yield return docker;
    }

    private static IEnumerable<FactJson> Tools(CliConsole console)
    {
        var sh = Executables.Resolve("sh", "/", console.Variable("PATH"));
        yield return new("tools", "run", Ok, "any program", null);
        yield return sh is not null
            ? new("tools", "sh", Ok, sh, null)
            : new("tools", "sh", Missing, "there is no 'sh' on PATH",
                "install a POSIX shell, or use 'run' with an argument list");
        yield return new("tools", "wait", Ok, "built in", null);
        yield return new("tools", "fetch", Ok, "built in", null);
        foreach (var tool in (string[])["opencode", "claude", "codex", "aider"])
            yield return new("tools", tool, Later, "not in this version", null);
    }

    /// <summary>Of each limit who holds it on such a machine, and how well.</summary>
    internal static IEnumerable<FactJson> Limits(MachineSummary machine)
    {
        if (!OperatingSystem.IsLinux())
        {
            yield return new("limits", "all", Missing, ElsewhereNothingRuns, "Linux, or a Linux container");
            yield break;
        }

        var groups = machine.Groups;
        yield return new("limits", "memory", Ok, groups.Memory is not null
            ? "enforced by the kernel once a task's process tree is in its control group (near its limit, "
                + "or after 1 s), and by watching every 100 ms, near the limit every 20 ms"
            : "enforced by watching: a task's process tree is measured every 100 ms, near its limit every 20 ms, "
                + "and ended when over; what it takes in between is not held", null);
        yield return new("limits", "processes", Ok, groups.Processes is not null
            ? "enforced by watching, likewise; a runaway is stopped by the kernel (32 threads for "
                + "each process, at least 1024)"
            : "enforced by watching, likewise; a fast fork may pass the line before it is seen", null);
        yield return new("limits", "cpu", Ok, groups.Cpu is not null
            ? "enforced by the kernel after 0.1 s: a task's process tree is held back, not ended; "
                + "in a container held back where every task has the limit"
            : "enforced by watching: a task's process tree is warned, then ended, when it uses more on average "
                + "over 5 s", null);
        yield return new("limits", "files", Ok, "enforced by the kernel: the soft limit of each process, "
            + "which a program may raise by itself; it meets the limit as an error of its own", null);
        yield return new("limits", "output, time", Ok,
            "enforced by the parent; of a detached child by its worker, with or without a parent", null);
        yield return new("limits", "stall", Ok, "enforced by the parent: 30 s for answers of chat and fetch; "
            + "off for run, sh and C# code, which may be silent for good reason, unless limits.stall is given", null);
        yield return groups.Version is { } version
            ? new("limits", "cgroups", Ok, $"{version}: {Held(groups)}", null)
            : new("limits", "cgroups", Missing, "not used: limits are watched instead", groups.WhyNot);
        yield return machine.HasSubreaper
            ? new("limits", "orphans", Ok,
                "come back to the parent (child subreaper) and are ended with their task; "
                    + "a guardian ends them after a crash", null)
            : new("limits", "orphans", Missing,
                "a program that leaves its session and its parents may outlive its task", "Linux 3.4 or later");
        yield return machine.HasPidfd
            ? new("limits", "exits", Ok, "told by the kernel at once (pidfd)", null)
            : new("limits", "exits", Missing, "looked for every 10 ms", "Linux 5.3 or later");
    }

    private static string Held(CgroupOffer groups)
    {
        var held = new List<string>();
        if (groups.Memory is not null) held.Add("memory");
        if (groups.Processes is not null) held.Add("processes");
        if (groups.Cpu is not null) held.Add("cpu");
        if (groups.Unified is not null) held.Add("the end of a whole tree at once");
        return string.Join(", ", held);
    }

    private static IEnumerable<FactJson> OfMachine(MachineFacts machine, MachineSummary summary, Workplace workplace)
    {
        yield return new("machine", "kernel", Ok, $"{summary.Kernel}; cgroups: {summary.Cgroups}", null);
        yield return new("machine", "processors", Ok,
            machine.Cpus.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture), null);
        yield return new("machine", "memory", Ok,
            $"{Say.Bytes(machine.MemoryAvailable)} free of {Say.Bytes(machine.MemoryTotal)}; "
            + $"{Say.Bytes(workplace.Config.Caps.FreeMemory)} stay free", null);
        yield return summary.HasPressure
            ? new("machine", "pressure", Ok, "pressure stall information can be read", null)
            : new("machine", "pressure", Missing, "no pressure stall information", "a kernel with PSI on (psi=1)");
        yield return machine.DiskFree is { } free
            ? new("machine", "disk", free > 100L << 20 ? Ok : Missing, $"{Say.Bytes(free)} free where the home is",
                free > 100L << 20 ? null : "make room: results cannot be recorded on a full disk")
            : new("machine", "disk", Missing, "free room cannot be told", null);
        var zones = workplace.Config.Zones;
        yield return new("machine", "zones", Ok, zones.Off
            ? "off: nothing is held back when the machine is busy"
            : $"spawning is held back above {zones.CpuSafe}% CPU or {zones.RamSafe}% memory, "
                + $"stopped above {zones.CpuDanger}% or {zones.RamDanger}%", null);
    }

    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } above) folder = above;
        return folder;
    }
}
