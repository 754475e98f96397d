namespace Amoeba.Hosting.Configuration;

/// <summary>A value of the configuration as `amoeba config` shows it; no secret is in it.</summary>
internal readonly record struct ConfigLine(string Key, string Value, string Origin);

internal static class ConfigReport
{
    /// <summary>What a value that nobody set came from.</summary>
    public const string Default = "default";

    public static IReadOnlyList<ConfigLine> Lines(AmoebaConfig config) =>
    [
        new("home", config.Home, config.Origins.GetValueOrDefault("home", Default)),
        .. ConfigKeys.All.Select(key =>
            new ConfigLine(key.Name, key.Show(config), config.Origins.GetValueOrDefault(key.Name, Default))),
    ];
}
