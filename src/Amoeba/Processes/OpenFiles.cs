namespace Amoeba.Processes;

/// <summary>How many files a program may have open at once.</summary>
/// <remarks>
/// The runtime raises its own soft limit to the hard one, often a million, and programs inherit that: those that use
/// select() break on it, and a leak is not noticed. No attribute of posix_spawn sets a limit, and to lower our own for
/// the moment of a start would take files from all our threads. So it is lowered at once after the start, when the new
/// program is still being loaded; what it starts inherits it.
/// </remarks>
internal static unsafe class OpenFiles
{
    private const int OpenFilesLimit = 7;
    private static readonly ulong Hardest = ReadHardest();

    private const int Nobody = -1;
    private static bool _isReady;

    /// <summary>What the first call of anything costs is paid before a program runs, which does not wait for it.</summary>
    internal static void Prepare()
    {
        if (_isReady) return;
        Limit(Nobody, 0);
        _isReady = true;
    }

    /// <summary>Sets the soft limit of a program that was just started; never above its hard limit.</summary>
    internal static void Limit(int pid, int files)
    {
        // Fails only where it has ended already.
        var limit = new Libc.ResourceLimit { Soft = Math.Min((ulong)files, Hardest), Hard = Hardest };
        _ = Libc.ResourceLimits(pid, OpenFilesLimit, &limit, null);
    }

    private static ulong ReadHardest()
    {
        Libc.ResourceLimit own;
        return Libc.ResourceLimits(0, OpenFilesLimit, null, &own) == 0 ? own.Hard : 1024;
    }
}
