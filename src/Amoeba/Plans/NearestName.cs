namespace Amoeba.Plans;

/// <summary>Guesses which name was meant.</summary>
internal static class NearestName
{
    /// <summary>The candidate that fewest changes of a letter lead to, or null where none is near.</summary>
    public static string? Of(string name, IEnumerable<string> candidates)
    {
        string? nearest = null;
        var least = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var longer = Math.Max(name.Length, candidate.Length);
            if (longer > 64) continue;
            var distance = Distance(name, candidate);
            if (distance < least && distance <= Math.Max(1, longer / 3) && distance < longer)
                (nearest, least) = (candidate, distance);
        }

        return nearest;
    }

    /// <summary>
    /// Damerau and Levenshtein's: insertions, removals, changes and swaps of neighbours, whatever the case.
    /// </summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                var best = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + cost);
                var swapped = i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]);
                rows[i, j] = swapped ? Math.Min(best, rows[i - 2, j - 2] + 1) : best;
            }
        }

        return rows[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
