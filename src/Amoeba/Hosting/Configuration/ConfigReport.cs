using Amoeba.Plans;

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
        .. ConfigKeys.All.SelectMany(key => key.Name == "models" && config.Models is { Entries.Count: > 0 } models
            ? Models(config, models)
            : [new ConfigLine(key.Name, key.Show(config), config.Origins.GetValueOrDefault(key.Name, Default))]),
    ];

    /// <summary>Each field by itself, because they may be from different places.</summary>
    private static IEnumerable<ConfigLine> Models(AmoebaConfig config, ModelsConfig models) =>
        ModelLayers.Fields(ConfigModels.Masked(models.Node)).Where(field => field.Value.Kind != NodeKind.Null)
            .Select(field => new ConfigLine(
                $"models.{field.Path}", field.Value.IsScalar ? field.Value.Text : NodeJson.Of(field.Value),
                config.Origins.GetValueOrDefault($"models.{field.Path}", Default)));
}
