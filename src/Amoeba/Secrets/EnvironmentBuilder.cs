namespace Amoeba.Secrets;

/// <summary>
/// A child's environment, built and never copied: where programs are found, home, language and time zone; the names
/// the configuration lists; what the plan says; and what Amoeba itself tells its children.
/// </summary>
internal sealed class EnvironmentBuilder
{
    private static readonly string[] AlwaysPassed = ["PATH", "HOME", "LANG", "TZ"];
    private static readonly string[] SecretWords = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"];

    private readonly Dictionary<string, string> _base;
    private readonly HashSet<string> _secrets;

    /// <param name="parent">The environment to take from: this process's, or the one of
    /// whoever submitted the job.</param>
    /// <param name="inherit">Names the configuration lists; a name that is not set is left out.</param>
    public EnvironmentBuilder(IReadOnlyDictionary<string, string> parent, IEnumerable<string> inherit)
    {
        _base = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parent)
        {
            if (AlwaysPassed.Contains(name) || name.StartsWith("LC_", StringComparison.Ordinal)) _base[name] = value;
        }

        _secrets = [];
        foreach (var name in inherit)
        {
            if (!parent.TryGetValue(name, out var value)) continue;
            _base[name] = value;
            if (!AlwaysPassed.Contains(name)) _secrets.Add(value);
        }
    }

    /// <summary>
    /// Values to mask wherever output goes: all that the configuration lists by name, and of the plan's variables (see
    /// <see cref="IsSecretName"/>) those given to <see cref="SecretsOf"/>.
    /// </summary>
    public IReadOnlyCollection<string> InheritedSecrets => _secrets;

    /// <summary>This process's environment as a dictionary.</summary>
    public static IReadOnlyDictionary<string, string> OfThisProcess()
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            found[(string)entry.Key] = (string?)entry.Value ?? "";
        return found;
    }

    /// <summary>
    /// True for a name that says it holds a secret: KEY, TOKEN, SECRET, PASSWORD or CREDENTIAL is in it.
    /// </summary>
    public static bool IsSecretName(string name) =>
        SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>The inherited secrets, and those of a plan's variables whose names say that they are one.</summary>
    public IReadOnlyCollection<string> SecretsOf(IEnumerable<KeyValuePair<string, string>> planned)
    {
        var secrets = new HashSet<string>(_secrets);
        foreach (var (name, value) in planned)
        {
            if (IsSecretName(name)) secrets.Add(value);
        }

        return secrets;
    }

    /// <summary>KEY=VALUE entries. Amoeba's own variables win over the plan's, and these over inherited ones.</summary>
    public IReadOnlyList<string> Build(
        IEnumerable<KeyValuePair<string, string>> planned, IEnumerable<KeyValuePair<string, string>> own)
    {
        var all = new Dictionary<string, string>(_base, StringComparer.Ordinal);
        foreach (var (name, value) in planned) all[name] = value;
        foreach (var (name, value) in own) all[name] = value;
        var entries = new string[all.Count];
        var next = 0;
        foreach (var (name, value) in all) entries[next++] = $"{name}={value}";
        return entries;
    }
}
