using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Amoeba.Processes;

/// <summary>A process, safe against the reuse of its number: within one boot, pid and start time name it.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="StartTicks">When it started, in clock ticks (1/100 s) since boot.</param>
internal readonly record struct ProcessIdentity(int Pid, long StartTicks)
{
    /// <summary>The process that asks.</summary>
    public static ProcessIdentity OfThisProcess =>
        new(Environment.ProcessId, ProcFs.TryReadStat(Environment.ProcessId, out var stat) ? stat.StartTicks : 0);

    /// <summary>
    /// True while this very process exists and is not a zombie, and where that cannot be looked at (too many open
    /// files) while its number is taken: one that is not seen to be gone is not.
    /// </summary>
    internal bool IsAlive() => ProcFs.TryReadStat(Pid, out var stat)
        ? stat.StartTicks == StartTicks && !stat.IsZombie
        : Libc.LastError is Libc.EMFile or Libc.ENFile or Libc.ENoMem && Pid > 0
            && (Libc.Kill(Pid, 0) == 0 || Libc.LastError == Libc.EPerm);

    /// <summary>Sends a signal to this very process; false when it is gone.</summary>
    internal bool Send(int signal)
    {
        var pidfd = Libc.PidfdOpen(Pid);
        if (pidfd < 0)
        {
            return Libc.LastError == Libc.ENoSys && IsAlive() && Libc.Kill(Pid, signal) == 0;
        }

        // The descriptor pins the process; only then is it known whether it is the one that is meant.
        var sent = IsAlive() && Libc.PidfdSignal(pidfd, signal) == 0;
        _ = Libc.Close(pidfd);
        return sent;
    }
}

/// <summary>What /proc/PID/stat says that matters here.</summary>
internal readonly record struct ProcessStat(
    int Pid, char State, int Parent, int Group, int Session, long CpuTicks, long StartTicks, long ResidentPages)
{
    /// <summary>Processor time of the children that it has waited for, and of theirs, in clock ticks.</summary>
    internal long WaitedTicks { get; init; }

    internal bool IsZombie => State is 'Z' or 'X';

    internal ProcessIdentity Identity => new(Pid, StartTicks);
}

/// <summary>Reads processes from /proc. A process that is gone, or not ours to see, is simply not there.</summary>
internal static unsafe class ProcFs
{
    internal static bool TryReadStat(int pid, out ProcessStat stat)
    {
        Span<byte> buffer = stackalloc byte[1024];
        stat = default;
        var length = ReadFile($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat", buffer);
        return length > 0 && TryParseStat(buffer[..length], out stat);
    }

    internal static bool TryParseStat(ReadOnlySpan<byte> text, out ProcessStat stat)
    {
        stat = default;
        // The name is in parentheses and may itself hold parentheses and spaces; the last one closes it.
        var close = text.LastIndexOf((byte)')');
        if (close < 0 || close + 4 > text.Length || !Utf8Parser.TryParse(text, out int pid, out _)) return false;
        Span<long> fields = stackalloc long[22];
        var rest = text[(close + 2)..];
        var state = (char)rest[0];
        rest = rest[2..];
        for (var i = 0; i < 21; i++)
        {
            if (!Utf8Parser.TryParse(rest, out long value, out var used)) return false;
            fields[i] = value;
            rest = rest[Math.Min(rest.Length, used + 1)..];
        }

        stat = new ProcessStat(pid, state, (int)fields[0], (int)fields[1], (int)fields[2],
            fields[10] + fields[11], fields[18], fields[20])
        { WaitedTicks = fields[12] + fields[13] };
        return true;
    }

    /// <summary>Every process there is, as numbers.</summary>
    internal static List<int> Pids()
    {
        var pids = new List<int>(256);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out var pid))
                pids.Add(pid);
        }

        return pids;
    }

    /// <summary>
    /// Adds the children of a process: of all its threads, since a child hangs on the one that forked it.
    /// </summary>
    internal static void AddChildren(int pid, List<int> into)
    {
        var folder = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/task";
        try
        {
            foreach (var thread in Directory.EnumerateDirectories(folder)) AddPids(thread + "/children", into);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // The process ended while its threads were listed.
        }
    }

    /// <summary>
    /// The environment a process was started with, entries ended by NUL; empty when it is not ours to read.
    /// </summary>
    internal static byte[] Environment(int pid) =>
        ReadWhole($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/environ");

    /// <summary>
    /// The kernel's sums over a process's memory; empty when it is not ours to read or the kernel has none.
    /// </summary>
    internal static byte[] MemoryRollup(int pid) =>
        ReadWhole($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/smaps_rollup");

    /// <summary>The control groups a process is in, a line each; empty when it is gone.</summary>
    internal static byte[] Groups(int pid) => ReadWhole($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cgroup");

    /// <summary>
    /// The number by which a process knows itself, in the innermost space of process numbers that it is in below ours;
    /// null where that is ours, or the process is gone.
    /// </summary>
    internal static int? NumberInside(int pid)
    {
        var status = ReadWhole($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/status").AsSpan();
        var start = status.IndexOf("\nNSpid:"u8);
        if (start < 0) return null;
        var line = status[(start + 1)..];
        var numbers = line[..Math.Max(0, line.IndexOf((byte)'\n'))];
        var last = numbers.LastIndexOf((byte)'\t');
        return numbers.Count((byte)'\t') > 1 && Utf8Parser.TryParse(numbers[(last + 1)..], out int number, out _)
            ? number
            : null;
    }

    /// <summary>True when an environment as <see cref="Environment"/> returns it has exactly this KEY=VALUE.</summary>
    internal static bool HasEntry(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> entry)
    {
        while (!environment.IsEmpty)
        {
            var end = environment.IndexOf((byte)0);
            var one = end < 0 ? environment : environment[..end];
            if (one.SequenceEqual(entry)) return true;
            environment = end < 0 ? [] : environment[(end + 1)..];
        }

        return false;
    }

    /// <summary>
    /// What a descriptor of a process is open to, such as "pipe:[4711]"; null when that is not to be seen.
    /// </summary>
    internal static string? LinkOf(int pid, int fd)
    {
        try
        {
            return new FileInfo(FormattableString.Invariant($"/proc/{pid}/fd/{fd}")).LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static byte[] Cookie(string entry) => Encoding.UTF8.GetBytes(entry);

    internal static void ParsePids(ReadOnlySpan<byte> text, List<int> into)
    {
        while (Utf8Parser.TryParse(text, out int pid, out var used))
        {
            into.Add(pid);
            text = text[Math.Min(text.Length, used + 1)..];
        }
    }

    private static void AddPids(string file, List<int> into) => ParsePids(ReadWhole(file), into);

    private static int ReadFile(string path, Span<byte> buffer)
    {
        var fd = Libc.Open(path, Libc.OReadOnly | Libc.OCloseOnExec, 0);
        if (fd < 0) return 0;
        fixed (byte* start = buffer)
        {
            var count = Libc.Read(fd, start, (nuint)buffer.Length);
            _ = Libc.Close(fd);
            return (int)Math.Max(0, count);
        }
    }

    private static byte[] ReadWhole(string path)
    {
        var fd = Libc.Open(path, Libc.OReadOnly | Libc.OCloseOnExec, 0);
        if (fd < 0) return [];
        var buffer = new byte[4096];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            nint count;
            fixed (byte* start = &buffer[length]) count = Libc.Read(fd, start, (nuint)(buffer.Length - length));
            if (count <= 0) break;
            length += (int)count;
        }

        _ = Libc.Close(fd);
        return length == buffer.Length ? buffer : buffer[..length];
    }
}
