using Amoeba.Plans;

namespace Amoeba.Hosting.Configuration;

/// <summary>Environment variables of older set-ups (SPEC 5.3), in what they mean today.</summary>
internal static class ConfigAliases
{
    private static readonly (string Variable, string Key)[] Plain =
    [
        ("MAX_AGENTS_PER_SESSION", "caps.heavy"),
        ("REPRODUCTION_MAX_CHILDREN", "caps.heavy"),
        ("CPU_THRESHOLD_SAFE", "zones.cpu.safe"),
        ("CPU_THRESHOLD_DANGER", "zones.cpu.danger"),
        ("RAM_THRESHOLD_SAFE", "zones.ram.safe"),
        ("RAM_THRESHOLD_DANGER", "zones.ram.danger"),
    ];

    /// <summary>Adds what they say; a later one of the same key wins.</summary>
    public static void Add(ConfigLayer layer, Func<string, string?> environment, PlanErrors errors)
    {
        foreach (var (variable, key) in Plain)
        {
            if (environment(variable) is { Length: > 0 } text) layer.Add(key, variable, text, errors);
        }

        var mode = environment("REPRODUCTION_MODE") is { Length: > 0 } given ? Mode(given, errors) : null;
        if (mode is not null) layer.Add("autonomy", "REPRODUCTION_MODE", mode, errors);
        var approve = environment("REPRODUCTION_AUTO_APPROVE") is { Length: > 0 } answer
            ? Approve(answer, errors)
            : null;
        if (approve == true && mode is null or "manual")
            layer.Add("autonomy", "REPRODUCTION_AUTO_APPROVE", "rules", errors);
        if (approve == false) layer.Add("autonomy", "REPRODUCTION_AUTO_APPROVE", "manual", errors);
    }

    private static string? Mode(string text, PlanErrors errors)
    {
        switch (text.Trim().ToLowerInvariant())
        {
            case "manual" or "off" or "ask": return "manual";
            case "auto" or "automatic" or "rules" or "semi" or "supervised": return "rules";
            case "learned" or "adaptive": return "learned";
            default:
                errors.Add(default, "REPRODUCTION_MODE", $"expected manual, auto or learned, found \"{text}\".");
                return null;
        }
    }

    private static bool? Approve(string text, PlanErrors errors)
    {
        switch (text.Trim().ToLowerInvariant())
        {
            case "true" or "1" or "yes" or "on": return true;
            case "false" or "0" or "no" or "off": return false;
            default:
                errors.Add(default, "REPRODUCTION_AUTO_APPROVE", $"expected true or false, found \"{text}\".");
                return null;
        }
    }
}
