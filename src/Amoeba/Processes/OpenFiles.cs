namespace Amoeba.Processes;

/// <summary>How many files a program may have open at once.</summary>
/// <remarks>
/// The runtime raises its own soft limit to the hard one, often a million, and programs inherit that: those that use
/// select() break on it, and a leak is not noticed. No attribute of posix_spawn sets a limit. So our own is lowered for
/// the moment of a start, where we have so few files open that no thread of ours meets it; else the program's is
/// lowered at once after the start, when it is still being loaded, and what it forks before that keeps the high one.
/// </remarks>
internal static unsafe class OpenFiles
{
    private const int OpenFilesLimit = 7;
    private static readonly ulong Hardest = ReadHardest();

    /// <summary>Files that our threads may open during a start.</summary>
    private const int Room = 32;

    private static readonly Lock Gate = new();
    private static ulong _lowered;
    private static ulong _before;
    private static int _starting;

    /// <summary>Lowers our own soft limit until <see cref="Restore"/>. False where that is not safe now.</summary>
    /// <param name="files">The limit that what is started is to have.</param>
    /// <param name="newest">A descriptor that was just opened: the next will have numbers near it.</param>
    internal static bool TryLower(int files, int newest)
    {
        if (newest + Room > files) return false;
        lock (Gate)
        {
            var wanted = Math.Min((ulong)files, Hardest);
            if (_starting > 0 && _lowered != wanted) return false;
            if (_starting == 0)
            {
                Libc.ResourceLimit own;
                if (Libc.ResourceLimits(0, OpenFilesLimit, null, &own) != 0 || !SetOwn(wanted)) return false;
                (_before, _lowered) = (own.Soft, wanted);
            }

            _starting++;
            return true;
        }
    }

    internal static void Restore()
    {
        lock (Gate)
        {
            if (--_starting == 0) SetOwn(_before);
        }
    }

    /// <summary>Sets the soft limit of a program that was just started; never above its hard limit.</summary>
    internal static void Limit(int pid, int files)
    {
        // Fails only where it has ended already.
        var limit = new Libc.ResourceLimit { Soft = Math.Min((ulong)files, Hardest), Hard = Hardest };
        _ = Libc.ResourceLimits(pid, OpenFilesLimit, &limit, null);
    }

    private static bool SetOwn(ulong soft)
    {
        var limit = new Libc.ResourceLimit { Soft = soft, Hard = Hardest };
        return Libc.ResourceLimits(0, OpenFilesLimit, &limit, null) == 0;
    }

    private static ulong ReadHardest()
    {
        Libc.ResourceLimit own;
        return Libc.ResourceLimits(0, OpenFilesLimit, null, &own) == 0 ? own.Hard : 1024;
    }
}
