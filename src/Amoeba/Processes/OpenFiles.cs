namespace Amoeba.Processes;

/// <summary>How many files a program may have open at once.</summary>
/// <remarks>
/// The runtime raises its own soft limit to the hard one, often a million, and programs inherit that: those that use
/// select() break on it, and a leak is not noticed. No attribute of posix_spawn sets a limit. So our own is lowered for
/// the moment of a start, where we have so few files open that no thread of ours meets it; starts with another limit
/// wait for that moment to pass. Elsewhere the program's is lowered at once after the start, when it is still being
/// loaded, and what it forks before that keeps the high one.
/// </remarks>
internal static unsafe class OpenFiles
{
    private const int OpenFilesLimit = 7;
    private static readonly ulong Hardest = ReadHardest();

    /// <summary>Files that our threads may open during a start, which may take long on a loaded machine.</summary>
    private const int Room = 64;

    /// <summary>The longest that a start waits for those with another limit; one takes about a millisecond.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Held while waiting for <see cref="Gate"/> to be free of another limit: who comes later stands behind, so a
    /// stream of starts with one limit passes nobody with another.
    /// </summary>
    private static readonly Lock Turn = new();

    private static readonly object Gate = new();

    private const int MostLooks = 8;

    /// <summary>
    /// Since Linux 6.2 the size of a program's folder of open files is how many there are, which costs a thousandth of
    /// reading it; what only behaves like Linux may give any figure.
    /// </summary>
    private static readonly Lazy<bool> SizeIsCount = new(FindSizeIsCount);

    /// <summary>What our own limit is lowered to while something starts; null where it stands as it is.</summary>
    private static ulong? _lowered;
    private static ulong _before;
    private static int _starting;

    /// <summary>
    /// Sees to it that our own soft limit is the one that a program is to start with, until <see cref="EndStart"/>.
    /// </summary>
    /// <param name="files">The limit that what is started is to have; null to pass on our own.</param>
    /// <param name="left">What is still to be set, with <see cref="Limit"/>; null where it has its own.</param>
    /// <returns>Whether <see cref="EndStart"/> is to be called.</returns>
    internal static bool BeginStart(int? files, out int? left)
    {
        var start = TimeProvider.System.GetTimestamp();
        if (!Turn.TryEnter(Patience))
        {
            left = GiveUp(files);
            return false;
        }

        try
        {
            return BeginInTurn(files, start, out left);
        }
        finally
        {
            Turn.Exit();
        }
    }

    private static bool BeginInTurn(int? files, long start, out int? left)
    {
        lock (Gate)
        {
            // Looked for anew each time: while a start waits, the room below its limit may be taken.
            for (var wanted = Wanted(files); ; wanted = Wanted(files))
            {
                if (_starting == 0) _lowered = wanted is { } lower && TryLower(lower) ? lower : null;
                else if (_lowered != wanted)
                {
                    var rest = Patience - TimeProvider.System.GetElapsedTime(start);
                    if (rest > TimeSpan.Zero && Monitor.Wait(Gate, rest)) continue;
                    left = GiveUp(files);
                    return false;
                }

                left = _lowered is null ? files : null;
                _starting++;
                return true;
            }
        }
    }

    /// <summary>
    /// What is to be set where a start that hangs would be waited for: it is begun with whatever ours is just then.
    /// </summary>
    private static int GiveUp(int? files)
    {
        if (files is { } own) return own;
        lock (Gate)
        {
            return (int)Math.Min(_lowered is null ? LimitOf(0) : _before, int.MaxValue);
        }
    }

    /// <summary>What our own limit is to be lowered to; null where it is to stand as it is.</summary>
    private static ulong? Wanted(int? files) =>
        files is { } few && HasRoomBelow(few) ? Math.Min((ulong)few, Hardest) : null;

    internal static void EndStart()
    {
        lock (Gate)
        {
            if (--_starting > 0) return;
            if (_lowered is not null) SetOwn(_before);
            Monitor.Pulse(Gate);
        }
    }

    /// <summary>Sets the soft limit of a program that was just started; never above its hard limit.</summary>
    internal static void Limit(int pid, int files)
    {
        // Fails only where it has ended already.
        var limit = new Libc.ResourceLimit { Soft = Math.Min((ulong)files, Hardest), Hard = Hardest };
        _ = Libc.ResourceLimits(pid, OpenFilesLimit, &limit, null);
    }

    /// <summary>Whether the numbers just below are free. What is opened next has the lowest that is.</summary>
    private static bool HasRoomBelow(int files)
    {
        if (files <= Room) return false;
        var entries = stackalloc Libc.PollEntry[Room];
        for (var i = 0; i < Room; i++) entries[i].Descriptor = files - Room + i;
        _ = Libc.Poll(entries, Room, 0);
        for (var i = 0; i < Room; i++)
        {
            if (entries[i].Seen != Libc.PollNotOpen) return false;
        }

        return true;
    }

    /// <summary>How many files a program has open; 0 where that is not to be seen.</summary>
    /// <param name="pid">The program.</param>
    /// <param name="most">More need not be counted.</param>
    internal static long Count(int pid, int most)
    {
        var folder = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/{pid}/fd");
        if (SizeIsCount.Value && FileOwner.SizeOf(folder) is > 0 and var count) return count;
        try
        {
            return Directory.EnumerateFileSystemEntries(folder).Take(most).Count();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>The soft limit that a program has now; 0 where that is not to be seen.</summary>
    internal static ulong LimitOf(int pid)
    {
        Libc.ResourceLimit limit;
        return Libc.ResourceLimits(pid, OpenFilesLimit, null, &limit) == 0 ? limit.Soft : 0;
    }

    private static bool TryLower(ulong soft)
    {
        Libc.ResourceLimit own;
        if (Libc.ResourceLimits(0, OpenFilesLimit, null, &own) != 0) return false;
        _before = own.Soft;
        return SetOwn(soft);
    }

    private static bool SetOwn(ulong soft)
    {
        var limit = new Libc.ResourceLimit { Soft = soft, Hard = Hardest };
        return Libc.ResourceLimits(0, OpenFilesLimit, &limit, null) == 0;
    }

    /// <summary>
    /// Of ourselves both can be seen. Other threads open and close files in between, so that it is looked more than
    /// once; where it never fits, the files are counted.
    /// </summary>
    private static bool FindSizeIsCount()
    {
        const string Own = "/proc/self/fd";
        try
        {
            for (var look = 0; look < MostLooks; look++)
            {
                var size = FileOwner.SizeOf(Own);
                if (size <= 0) return false;
                // Who counts has the folder open for that.
                if (Directory.EnumerateFileSystemEntries(Own).Count() == size + 1) return true;
            }
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            // Then it is told by nothing.
        }

        return false;
    }

    private static ulong ReadHardest()
    {
        Libc.ResourceLimit own;
        return Libc.ResourceLimits(0, OpenFilesLimit, null, &own) == 0 ? own.Hard : 1024;
    }
}
