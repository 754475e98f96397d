using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>
/// A pattern of paths: `*` and `?` within a name, `[a-z]` and `[!a-z]`, `**` for any folders, `{a,b}` for either.
/// A name that begins with a dot is matched only by a part that begins with one.
/// </summary>
internal static class GlobPattern
{
    private const int MaxAlternatives = 1000;

    public static bool IsLiteral(string part) => part.AsSpan().IndexOfAny('*', '?', '[') < 0;

    /// <summary>The patterns without `{a,b}` that one with it stands for.</summary>
    public static IReadOnlyList<string> Alternatives(string pattern)
    {
        var open = new Queue<string>([pattern]);
        var found = new List<string>();
        while (open.TryDequeue(out var next))
        {
            if (found.Count + open.Count > MaxAlternatives)
                throw new PlanException($"{pattern}: stands for more than {MaxAlternatives} patterns.");
            var start = next.IndexOf('{', StringComparison.Ordinal);
            var end = start < 0 ? -1 : Close(next, start);
            if (end < 0)
            {
                found.Add(next);
                continue;
            }

            foreach (var choice in Choices(next[(start + 1)..end]))
                open.Enqueue(next[..start] + choice + next[(end + 1)..]);
        }

        return found;
    }

    /// <summary>Whether a name matches one part of a pattern.</summary>
    public static bool Matches(ReadOnlySpan<char> part, ReadOnlySpan<char> name)
    {
        if (name.StartsWith('.') && !part.StartsWith('.')) return false;
        int p = 0, n = 0, star = -1, mark = 0;
        while (n < name.Length)
        {
            if (p < part.Length && part[p] == '*')
            {
                (star, mark) = (p++, n);
            }
            else if (p < part.Length && MatchesOne(part, p, name[n], out var next))
            {
                (p, n) = (next, n + 1);
            }
            else if (star >= 0)
            {
                (p, n) = (star + 1, ++mark);
            }
            else
            {
                return false;
            }
        }

        while (p < part.Length && part[p] == '*') p++;
        return p == part.Length;
    }

    private static bool MatchesOne(ReadOnlySpan<char> part, int at, char c, out int next)
    {
        next = at + 1;
        if (part[at] == '?') return true;
        var length = part[at] == '[' && at + 2 < part.Length ? part[(at + 2)..].IndexOf(']') : -1;
        if (length < 0) return part[at] == c;
        var set = part.Slice(at + 1, length + 1);
        next = at + length + 3;
        var not = set[0] is '!' or '^' && set.Length > 1;
        return InSet(not ? set[1..] : set, c) != not;
    }

    private static bool InSet(ReadOnlySpan<char> set, char c)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2]) return true;
                i += 2;
            }
            else if (set[i] == c)
            {
                return true;
            }
        }

        return false;
    }

    private static int Close(string text, int start)
    {
        var depth = 0;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '{') depth++;
            else if (text[i] == '}' && --depth == 0) return i;
        }

        return -1;
    }

    private static IEnumerable<string> Choices(string text)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (text[i] != ',' || depth > 0) continue;
            yield return text[start..i];
            start = i + 1;
        }

        yield return text[start..];
    }
}
