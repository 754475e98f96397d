namespace Amoeba.Processes;

/// <summary>The processes of a container, for the first of them.</summary>
internal static class ContainerProcesses
{
    /// <summary>Kills all others (SIGKILL).</summary>
    /// <returns>None is there any more, but such as ended and are not reaped yet.</returns>
    public static bool EndOthers()
    {
        if (Environment.ProcessId != 1)
            throw new InvalidOperationException("Only the first process of a container may end all others.");
        // In one step for the kernel: none of them can escape by starting another.
        _ = Libc.Kill(-1, Libc.SigKill);
        return ProcFs.Pids().All(pid => pid == 1 || !ProcFs.TryReadStat(pid, out var stat) || stat.IsZombie);
    }
}
