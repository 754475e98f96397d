using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>
/// The first process of a container, where this machine shows it to this user: known by the container's name, which it
/// has in its environment and nobody else chose. With it the kernel ends all of its container, whatever becomes of the
/// daemon.
/// </summary>
internal static class ContainerMain
{
    /// <summary>Holds the container's name, in its own environment; its tasks do not get it.</summary>
    public const string Variable = "AMOEBA_CONTAINER";

    private const int MostLooks = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Null where none is to be seen: it is gone, not there yet, another machine's or another user's.
    /// </summary>
    public static ProcessIdentity? Find(string container)
    {
        var mark = ProcFs.Cookie($"{Variable}={container}");
        foreach (var pid in ProcFs.Pids())
        {
            if (!ProcFs.HasEntry(ProcFs.Environment(pid), mark) || !ProcFs.TryReadStat(pid, out var stat)
                || stat.IsZombie) continue;
            // Looked at once more: between the looks the number may have become another's.
            if (ProcFs.HasEntry(ProcFs.Environment(pid), mark) && ProcFs.NumberInside(pid) == 1
                && stat.Identity.IsAlive()) return stat.Identity;
        }

        return null;
    }

    /// <summary>Kills it and waits for its end.</summary>
    /// <returns>It was there, and is gone; what is frozen, for one, stays.</returns>
    public static async Task<bool> EndAsync(string container, TimeProvider time)
    {
        if (Find(container) is not { } main) return false;
        main.Send(Libc.SigKill);
        for (var look = 0; look < MostLooks && main.IsAlive(); look++) await Task.Delay(Pause, time);
        return !main.IsAlive();
    }
}
