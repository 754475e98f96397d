using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tools.Run;

namespace Amoeba.Worker;

/// <summary>
/// The line at which the kernel refuses this container another process or thread. Who is at it multiplies faster than
/// a worker that shares the processors with it can look at its processes; that one was refused is a single number.
/// </summary>
internal sealed class ContainerTasks
{
    // Control groups of version 2, and of version 1.
    private static readonly string[] Places = ["/sys/fs/cgroup", "/sys/fs/cgroup/pids"];

    private readonly string _events;
    private readonly long _most;

    private ContainerTasks(string events, long most) => (_events, _most) = (events, most);

    /// <summary>Null where the container does not show its group, or has no such line.</summary>
    public static ContainerTasks? Find() => Places
        .Where(place => File.Exists($"{place}/pids.events"))
        .Select(place => long.TryParse(KernelGroupFiles.Instance.Read($"{place}/pids.max"),
            CultureInfo.InvariantCulture, out var most) ? new ContainerTasks($"{place}/pids.events", most) : null)
        .FirstOrDefault();

    /// <summary>How often one was refused.</summary>
    public long Refused() => KernelGroupFiles.Instance.Value(_events, "max") ?? 0;

    /// <summary>What came of a call of which the kernel refused a process or thread.</summary>
    public ToolOutcome Explain(in ToolOutcome outcome, int limit)
    {
        if (outcome.End is AttemptEnd.Succeeded or AttemptEnd.OverLimit) return outcome;
        var breach = ProgramErrors.OverLimit(new LimitBreach(LimitKind.Processes, limit, _most) { ByKernel = true });
        return outcome with { End = breach.End, Error = breach.Error, CutBefore = null };
    }
}
