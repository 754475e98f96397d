using Amoeba.Plans;

namespace Amoeba.Hosting.Configuration;

/// <summary>One value of the configuration.</summary>
/// <param name="Name">Such as `caps.heavy`; in the environment AMOEBA_CAPS_HEAVY.</param>
/// <param name="Apply">Lays a value over a configuration, noting what is wrong with it.</param>
/// <param name="Show">The value in force as a person would write it.</param>
internal sealed record ConfigKey(
    string Name, Func<AmoebaConfig, PlanCursor, AmoebaConfig> Apply, Func<AmoebaConfig, string> Show)
{
    /// <summary>Its name among environment variables.</summary>
    public string Variable => "AMOEBA_" + Name.Replace('.', '_').ToUpperInvariant();

    /// <summary>It is a whole of its own shape, never a map of further keys.</summary>
    public bool IsWhole => Name is "inherit" or "default_tool" or "models" or "rules";
}
