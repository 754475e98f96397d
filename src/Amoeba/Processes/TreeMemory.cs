using System.Buffers.Text;

namespace Amoeba.Processes;

/// <summary>How much memory the processes of a tree hold together.</summary>
internal static class TreeMemory
{
    /// <summary>
    /// Bytes resident. Summed up plainly, memory that several share counts several times; only when that sum passes the
    /// limit is the exact share of each asked for, which costs the kernel a walk over all its pages.
    /// </summary>
    internal static long Measure(List<ProcessStat> members, long? limit)
    {
        var plain = 0L;
        foreach (var member in members) plain += member.ResidentPages * Environment.SystemPageSize;
        if (limit is null || plain <= limit || members.Count < 2) return plain;
        var exact = 0L;
        foreach (var member in members)
            exact += ShareOf(member.Pid) ?? (member.ResidentPages * Environment.SystemPageSize);
        return Math.Min(plain, exact);
    }

    /// <summary>
    /// Bytes a process holds, what it shares with others divided among them; null where that cannot be read.
    /// </summary>
    internal static long? ShareOf(int pid)
    {
        ReadOnlySpan<byte> text = ProcFs.MemoryRollup(pid);
        var at = text.IndexOf("\nPss:"u8);
        if (at < 0) return null;
        return Utf8Parser.TryParse(text[(at + 5)..].TrimStart((byte)' '), out long kilobytes, out _)
            ? kilobytes * 1024
            : null;
    }
}
