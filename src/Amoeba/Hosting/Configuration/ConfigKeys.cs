using Amoeba.Deciding;
using Amoeba.Plans;

namespace Amoeba.Hosting.Configuration;

/// <summary>Every key of the configuration, once; the published schema is checked against these.</summary>
internal static class ConfigKeys
{
    private static readonly IReadOnlyDictionary<string, AutonomyLevel> Levels =
        Enum.GetValues<AutonomyLevel>().ToDictionary(ApprovalNames.Of, level => level);

    private static readonly IReadOnlyDictionary<string, AnswerKind> Answers =
        Enum.GetValues<AnswerKind>().ToDictionary(ApprovalNames.Of, answer => answer);

    internal static readonly IReadOnlyDictionary<string, bool> OnOff =
        new Dictionary<string, bool> { ["on"] = true, ["off"] = false, ["true"] = true, ["false"] = false };

    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new("autonomy", (c, v) => c with { Autonomy = v.OneOf(Levels) }, c => ApprovalNames.Of(c.Autonomy)),
        new("approval.expires",
            (c, v) => c with { Approval = c.Approval with { Expires = Never(v) } },
            c => Show(c.Approval.Expires, "never")),
        new("approval.answer",
            (c, v) => c with { Approval = c.Approval with { Answer = v.OneOf(Answers) } },
            c => ApprovalNames.Of(c.Approval.Answer)),
        new("inherit", (c, v) => c with { Inherit = ConfigShapes.Inherit(v) }, c => string.Join(", ", c.Inherit)),
        new("caps.light",
            (c, v) => c with { Caps = c.Caps with { Light = v.Integer(1, 100_000) } },
            c => Show(c.Caps.Light)),
        new("caps.heavy",
            (c, v) => c with { Caps = c.Caps with { Heavy = v.Integer(1, 10_000) } },
            c => Show(c.Caps.Heavy)),
        new("caps.programs",
            (c, v) => c with { Caps = c.Caps with { Programs = v.Integer(1, 100_000) } },
            c => Show(c.Caps.Programs)),
        new("caps.memory", (c, v) => c with { Caps = c.Caps with { Memory = v.Size() } }, c => ShowSize(c.Caps.Memory)),
        new("caps.free_memory",
            (c, v) => c with { Caps = c.Caps with { FreeMemory = v.Size() } },
            c => ShowSize(c.Caps.FreeMemory)),
        new("caps.heavy_per_second",
            (c, v) => c with { Caps = c.Caps with { HeavyPerSecond = v.Number(0.1, 1000) } },
            c => Show(c.Caps.HeavyPerSecond)),
        new("caps.docker_per_minute",
            (c, v) => c with { Caps = c.Caps with { DockerPerMinute = v.Number(1, 6000) } },
            c => Show(c.Caps.DockerPerMinute)),
        Limit("memory", limits => ShowSize(limits.Memory)),
        Limit("cpu", limits => limits.Cpu is { } cpu ? Show(cpu) : "none"),
        Limit("timeout", limits => Show(limits.Timeout, "")),
        Limit("stall", limits => limits.Stall == TimeSpan.Zero ? "off" : Show(limits.Stall, "by tool")),
        Limit("output", limits => ShowSize(limits.Output)),
        Limit("processes", limits => Show(limits.Processes)),
        Limit("files", limits => Show(limits.Files)),
        Limit("retries", limits => Show(limits.Retries)),
        Limit("tokens", limits => limits.Tokens is { } tokens ? Show(tokens) : "none"),
        new("gain.light", (c, v) => c with { Gain = c.Gain with { Light = v.Number(0, 1) } }, c => Show(c.Gain.Light)),
        new("gain.heavy", (c, v) => c with { Gain = c.Gain with { Heavy = v.Number(0, 1) } }, c => Show(c.Gain.Heavy)),
        new("isolation",
            (c, v) => c with { Isolation = v.OneOf(PlanNames.Isolations) },
            c => Jobs.Names.Of(c.Isolation)),
        new("zones",
            (c, v) => c with { Zones = c.Zones with { Off = !v.OneOf(OnOff) } },
            c => c.Zones.Off ? "off" : "on"),
        new("zones.cpu.safe",
            (c, v) => c with { Zones = c.Zones with { CpuSafe = Percent(v) } },
            c => Show(c.Zones.CpuSafe)),
        new("zones.cpu.danger",
            (c, v) => c with { Zones = c.Zones with { CpuDanger = Percent(v) } },
            c => Show(c.Zones.CpuDanger)),
        new("zones.ram.safe",
            (c, v) => c with { Zones = c.Zones with { RamSafe = Percent(v) } },
            c => Show(c.Zones.RamSafe)),
        new("zones.ram.danger",
            (c, v) => c with { Zones = c.Zones with { RamDanger = Percent(v) } },
            c => Show(c.Zones.RamDanger)),
        new("grace", (c, v) => c with { Grace = v.Duration() }, c => Show(c.Grace, "")),
        new("default_tool",
            (c, v) => c with { DefaultTool = ConfigShapes.DefaultTool(v) },
            c => c.DefaultTool is { } tool ? NodeJson.Of(tool) : "none"),
        new("hourly_rate",
            (c, v) => c with { HourlyRate = (decimal)v.Number(0, 1e9) },
            c => c.HourlyRate?.ToString(PlanUnits.Culture) ?? "none"),
        new("retention.jobs",
            (c, v) => c with { Retention = c.Retention with { Jobs = v.Duration() } },
            c => Show(c.Retention.Jobs, "")),
        new("retention.logs",
            (c, v) => c with { Retention = c.Retention with { Logs = v.Duration() } },
            c => Show(c.Retention.Logs, "")),
        new("retention.keep",
            (c, v) => c with { Retention = c.Retention with { Keep = v.Integer(0, 10_000_000) } },
            c => Show(c.Retention.Keep)),
        new("docker.command",
            (c, v) => c with { Docker = c.Docker with { Command = v.Label("a program") } },
            c => c.Docker.Command),
        new("docker.image",
            (c, v) => c with { Docker = c.Docker with { Image = v.Label("an image") } },
            c => c.Docker.Image),
        .. FetchKeys.All,
        new("models",
            (c, v) => c with { Models = ConfigModels.Bind(v, c.Models) },
            c => c.Models is { } models ? NodeJson.Of(ConfigModels.Masked(models.Node)) : "none"),
        new("rules",
            (c, v) => c with { Rules = ConfigShapes.Rules(v) },
            c => c.Rules is { } rules ? NodeJson.Of(rules) : "none"),
    ];

    private static readonly IReadOnlyDictionary<string, ConfigKey> ByName =
        All.ToDictionary(key => key.Name, StringComparer.Ordinal);

    /// <summary>The key of this full name, or null.</summary>
    public static ConfigKey? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The names that may stand within a key, or at the top for an empty one.</summary>
    public static IReadOnlyList<string> Within(string prefix)
    {
        var start = prefix.Length == 0 ? "" : prefix + ".";
        return [.. All.Where(key => key.Name.StartsWith(start, StringComparison.Ordinal))
            .Select(key => key.Name[start.Length..].Split('.')[0]).Distinct()];
    }

    private static ConfigKey Limit(string name, Func<LimitSpec, string> show) => new(
        "limits." + name, (c, v) => c with { Limits = TaskBinder.Limit(name, v, c.Limits) }, c => show(c.Limits));

    private static TimeSpan? Never(PlanCursor value) =>
        value.Node.Text == "never" ? null : value.Duration(positive: true);

    /// <summary>Older set-ups wrote shares, such as 0.6.</summary>
    private static double Percent(PlanCursor value)
    {
        var percent = value.Number(0, 100, "a percentage from 0 to 100");
        return percent is > 0 and < 1 ? Math.Round(percent * 100, 6) : percent;
    }

    private static string Show(int value) => value.ToString(PlanUnits.Culture);

    private static string Show(long value) => value.ToString(PlanUnits.Culture);

    private static string Show(double value) => value.ToString(PlanUnits.Culture);

    private static string Show(TimeSpan? value, string none) => value is { } time ? PlanUnits.Show(time) : none;

    private static string ShowSize(long bytes) => PlanUnits.ShowSize(bytes);
}
