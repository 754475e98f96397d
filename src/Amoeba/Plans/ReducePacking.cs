namespace Amoeba.Plans;

/// <summary>Which results go into one call: as many as fit, in plan order.</summary>
internal static class ReducePacking
{
    /// <summary>How many follow each other in each call.</summary>
    /// <param name="sizes">Bytes of each with what stands around it; none is larger than the room.</param>
    /// <param name="room">Bytes of a call.</param>
    public static List<int> Pack(IEnumerable<long> sizes, long room)
    {
        var groups = new List<int>();
        var (count, used) = (0, 0L);
        foreach (var size in sizes)
        {
            if (count > 0 && used + size > room)
            {
                groups.Add(count);
                (count, used) = (0, 0);
            }

            count++;
            used += size;
        }

        if (count > 0) groups.Add(count);
        return groups;
    }

    /// <summary>
    /// Where a text ends piece by piece, none longer than <paramref name="most"/> bytes. It is cut between paragraphs,
    /// else lines, else words, unless that would waste half of a piece; never within a character.
    /// </summary>
    public static List<int> Cut(ReadOnlySpan<byte> text, int most)
    {
        var ends = new List<int>();
        var start = 0;
        while (text.Length - start > most)
        {
            start += Border(text.Slice(start, most), text[start + most]);
            ends.Add(start);
        }

        ends.Add(text.Length);
        return ends;
    }

    private static int Border(ReadOnlySpan<byte> piece, byte next)
    {
        var half = piece.Length / 2;
        var later = piece[half..];
        if (later.LastIndexOf("\n\n"u8) is >= 0 and var paragraph) return half + paragraph + 2;
        if (later.LastIndexOf((byte)'\n') is >= 0 and var line) return half + line + 1;
        if (later.LastIndexOf((byte)' ') is >= 0 and var word) return half + word + 1;
        // A character's first byte is none of 10xxxxxx, and it has at most three that are.
        var end = piece.Length;
        for (var i = 0; i < 3 && end > 1 && IsWithin(end < piece.Length ? piece[end] : next); i++) end--;
        return IsWithin(end < piece.Length ? piece[end] : next) ? piece.Length : end;
    }

    private static bool IsWithin(byte value) => (value & 0xC0) == 0x80;
}
