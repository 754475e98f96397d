namespace Amoeba.Plans;

/// <summary>
/// What names of fields, tasks and variables become in a program's environment, and which of them would be one there.
/// </summary>
internal static class VariableNames
{
    /// <summary>Letters in capitals; what may not be part of a variable's name becomes an underscore.</summary>
    public static string Upper(string name) => string.Create(name.Length, name, static (into, from) =>
    {
        for (var i = 0; i < into.Length; i++)
            into[i] = char.IsAsciiLetterOrDigit(from[i]) ? char.ToUpperInvariant(from[i]) : '_';
    });

    /// <summary>
    /// Whether anything of the name is left in a variable: one of nothing but underscores says nothing.
    /// </summary>
    public static bool CanBeSaid(string upper) => upper.AsSpan().ContainsAnyExcept('_');

    /// <summary>The first two names that become the same variable; null where each has its own.</summary>
    public static (string First, string Second)? Clash(IReadOnlyList<string> names)
    {
        Dictionary<string, string>? seen = null;
        for (var i = 0; i < names.Count && names.Count > 1; i++)
        {
            var upper = Upper(names[i]);
            if (!CanBeSaid(upper)) continue;
            seen ??= new Dictionary<string, string>(names.Count, StringComparer.Ordinal);
            if (!seen.TryAdd(upper, names[i]) && seen[upper] != names[i]) return (seen[upper], names[i]);
        }

        return null;
    }

    /// <summary>Whether the task starts a program, which alone is given variables.</summary>
    public static bool AreRead(TaskSpec task) =>
        task.Verify is not null || task.Do.Any(tool => tool is RunSpec or ShSpec);
}
