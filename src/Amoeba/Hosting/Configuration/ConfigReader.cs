using Amoeba.Plans;

namespace Amoeba.Hosting.Configuration;

/// <summary>Where the configuration is looked for.</summary>
internal sealed record ConfigSources
{
    /// <summary>`--home`; null leaves it to AMOEBA_HOME and the platform.</summary>
    public string? Home { get; init; }

    /// <summary>The folder whose amoeba.yaml counts. Absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>An environment variable by name.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>By key: the text of a flag, such as `autonomy` for `--autonomy`. A null text is no flag.</summary>
    public IReadOnlyDictionary<string, string?> Flags { get; init; } = new Dictionary<string, string?>();
}

/// <summary>Flags over environment over ./amoeba.yaml over the home's config.yaml over defaults.</summary>
internal static class ConfigReader
{
    public const string FolderFile = "amoeba.yaml";
    public const string HomeFile = "config.yaml";

    /// <exception cref="PlanException">
    /// A value is wrong or a name unknown; says which file, variable or flag.
    /// </exception>
    public static AmoebaConfig Load(ConfigSources sources)
    {
        var (home, homeOrigin) = HomeOf(sources);
        var origins = new SortedList<string, string>(StringComparer.Ordinal);
        if (homeOrigin is not null) origins["home"] = homeOrigin;
        var config = new AmoebaConfig { Home = home };
        foreach (var file in (string[])[Path.Combine(home, HomeFile), Path.Combine(sources.Folder, FolderFile)])
        {
            if (Text(file) is { } text && NodeReader.Read(text, file) is { } root)
            {
                var errors = new PlanErrors(file);
                config = Apply(config, ConfigLayer.OfFile(root, file, errors), errors, origins);
            }
        }

        var outside = new PlanErrors("environment");
        config = Apply(config, OfEnvironment(sources, outside), outside, origins);
        var flagged = new PlanErrors("command line");
        config = Apply(config, OfFlags(sources, flagged), flagged, origins);
        return Check(config) with { Origins = origins };
    }

    private static AmoebaConfig Apply(
        AmoebaConfig config, ConfigLayer layer, PlanErrors errors, SortedList<string, string> origins)
    {
        foreach (var (key, value, origin) in layer.Values)
        {
            config = key.Apply(config, value);
            origins[key.Name] = origin;
            if (key.Name != "models") continue;
            foreach (var (path, _) in ModelLayers.Fields(value.Node)) origins[$"models.{path}"] = origin;
        }

        errors.ThrowIfAny();
        return config;
    }

    private static ConfigLayer OfEnvironment(ConfigSources sources, PlanErrors errors)
    {
        var layer = new ConfigLayer();
        ConfigAliases.Add(layer, sources.Environment, errors);
        foreach (var key in ConfigKeys.All)
        {
            if (sources.Environment(key.Variable) is { Length: > 0 } text)
                layer.Add(key.Name, key.Variable, text, errors);
        }

        return layer;
    }

    private static ConfigLayer OfFlags(ConfigSources sources, PlanErrors errors)
    {
        var layer = new ConfigLayer();
        foreach (var (key, text) in sources.Flags)
        {
            if (text is not null) layer.Add(key, "--" + key.Replace('.', '-').Replace('_', '-'), text, errors);
        }

        return layer;
    }

    private static AmoebaConfig Check(AmoebaConfig config)
    {
        if (config.Zones.CpuDanger < config.Zones.CpuSafe || config.Zones.RamDanger < config.Zones.RamSafe)
        {
            throw new PlanException("zones: the danger zone cannot begin below the end of the safe one; "
                + "`amoeba config` shows where each figure comes from.");
        }

        const string warning = "rules: this version does not apply rules; only `autonomy` decides what asks.";
        return config.Rules is null ? config : config with { Warnings = [.. config.Warnings, warning] };
    }

    /// <summary>Where the state lives, and what says so; null is the platform.</summary>
    /// <exception cref="PlanException">It is empty, a file, or nowhere.</exception>
    public static (string Home, string? Origin) HomeOf(ConfigSources sources)
    {
        var found = PlaceOf(sources);
        if (!File.Exists(found.Home)) return found;
        throw new PlanException(PlanErrors.Clean($"{found.Origin ?? "the home"} {found.Home}: is a file; "
            + "give a folder to keep the state in."));
    }

    private static (string Home, string? Origin) PlaceOf(ConfigSources sources)
    {
        if (sources.Home is "")
        {
            throw new PlanException("--home is empty; give a folder, or leave the option out for the usual one.");
        }

        if (sources.Home is { } flag) return (Path.GetFullPath(flag, sources.Folder), "--home");
        if (sources.Environment("AMOEBA_HOME") is { Length: > 0 } variable)
            return (Path.GetFullPath(variable, sources.Folder), "AMOEBA_HOME");
        var data = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length > 0
            ? (Path.Combine(data, "amoeba"), null)
            : throw new PlanException("There is no home folder to keep state in; give --home DIR or set AMOEBA_HOME.");
    }

    private static string? Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PlanException($"{path}: cannot be read: {exception.Message}");
        }
    }
}
