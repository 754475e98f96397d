using Amoeba.Deciding;
using Amoeba.Hosting.Configuration;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Configuration;

public sealed class ConfigTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("amoeba-config-").FullName;
    private readonly Dictionary<string, string> _environment = [];
    private readonly Dictionary<string, string?> _flags = [];

    public ConfigTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "home"));
        _environment["AMOEBA_HOME"] = Path.Combine(_root, "home");
    }

    public void Dispose() => TempFolder.Remove(_root);

    [Fact]
    public void Without_files_the_defaults_hold()
    {
        var config = Load();
        Assert.Equal(
            (AutonomyLevel.Rules, 256, 10, 32),
            (config.Autonomy, config.Caps.Light, config.Caps.Heavy, config.Caps.Programs));
        Assert.Equal(new LimitSpec(), config.Limits);
        Assert.All(ConfigReport.Lines(config).Skip(1), line => Assert.Equal(ConfigReport.Default, line.Origin));
        Assert.Equal(new ConfigLine("home", Path.Combine(_root, "home"), "AMOEBA_HOME"), ConfigReport.Lines(config)[0]);
    }

    [Fact]
    public void Flags_come_before_environment_before_folder_before_home()
    {
        Home("caps: { light: 1, heavy: 2, programs: 3 }\ngrace: 1s\nautonomy: learned\n");
        Folder("caps: { heavy: 4, programs: 5 }\ngrace: 2s\n");
        _environment["AMOEBA_CAPS_PROGRAMS"] = "6";
        _environment["AMOEBA_GRACE"] = "3s";
        _flags["grace"] = "4s";
        _flags["autonomy"] = null;
        var config = Load();
        Assert.Equal(new CapConfig(1, 4, 6), config.Caps);
        Assert.Equal((TimeSpan.FromSeconds(4), AutonomyLevel.Learned), (config.Grace, config.Autonomy));
        var origins = ConfigReport.Lines(config).ToDictionary(line => line.Key, line => line.Origin);
        Assert.Equal(
            [Path.Combine(_root, "home", "config.yaml"), Path.Combine(_root, "amoeba.yaml"),
                "AMOEBA_CAPS_PROGRAMS", "--grace", "default"],
            [origins["caps.light"], origins["caps.heavy"], origins["caps.programs"],
                origins["grace"], origins["caps.memory"]]);
    }

    [Fact]
    public void Zones_are_off_or_have_thresholds()
    {
        Home("zones: { cpu: [50, 75], ram: { danger: 90 } }\n");
        Assert.Equal((false, 50, 75, 70, 90), Zones());
        _environment["AMOEBA_ZONES"] = "off";
        _environment["CPU_THRESHOLD_SAFE"] = "0.55";
        Assert.Equal((true, 55, 75, 70, 90), Zones());
        _environment["RAM_THRESHOLD_DANGER"] = "60";
        Assert.Contains("zones: the danger zone", Assert.Throws<PlanException>(Load).Message, StringComparison.Ordinal);

        (bool, double, double, double, double) Zones()
        {
            var zones = Load().Zones;
            return (zones.Off, zones.CpuSafe, zones.CpuDanger, zones.RamSafe, zones.RamDanger);
        }
    }

    [Theory]
    [InlineData("manual", null, "manual")]
    [InlineData("auto", null, "rules")]
    [InlineData("manual", "true", "rules")]
    [InlineData("learned", "true", "learned")]
    [InlineData("auto", "false", "manual")]
    [InlineData(null, "1", "rules")]
    public void Names_of_older_set_ups_are_understood(string? mode, string? approve, string autonomy)
    {
        if (mode is not null) _environment["REPRODUCTION_MODE"] = mode;
        if (approve is not null) _environment["REPRODUCTION_AUTO_APPROVE"] = approve;
        _environment["MAX_AGENTS_PER_SESSION"] = "7";
        Assert.Equal((autonomy, 7), (ApprovalNames.Of(Load().Autonomy), Load().Caps.Heavy));
        _environment["REPRODUCTION_MAX_CHILDREN"] = "8";
        _environment["AMOEBA_AUTONOMY"] = "manual";
        Assert.Equal(("manual", 8), (ApprovalNames.Of(Load().Autonomy), Load().Caps.Heavy));
    }

    [Fact]
    public void A_file_with_mistakes_says_where()
    {
        Home("caps:\n  hevy: 3\n  light: none\nhome: /x\nzones: { cpu: [1] }\ninherit: [\"A B\", \"file:x\"]\n");
        var file = Path.Combine(_root, "home", "config.yaml");
        Assert.Equal(
            $"""
            {file}:2:3: caps.hevy: unknown name; did you mean heavy? Expected one of: light, heavy, programs, memory, free_memory, heavy_per_second, docker_per_minute.
            {file}:3:10: caps.light: expected a whole number from 1 to 100000, found "none".
            {file}:4:7: home: cannot be in a file; give --home DIR or set AMOEBA_HOME.
            {file}:5:15: zones.cpu: expected two percentages: safe below the first, danger above the second, found a list.
            {file}:6:11: inherit[0]: "A B" is no name of an environment variable.
            {file}: and 1 more.
            """,
            Assert.Throws<PlanException>(Load).Message);
    }

    [Fact]
    public void A_variable_with_a_mistake_is_named()
    {
        _environment["AMOEBA_AUTONOMY"] = "manuall";
        Assert.Equal(
            "AMOEBA_AUTONOMY: expected one of: manual, rules, learned; found \"manuall\". Did you mean manual?",
            Assert.Throws<PlanException>(Load).Message);
    }

    [Fact]
    public void The_report_shows_no_key()
    {
        Home("models:\n  a: { kind: openai, url: http://x, key: sk-secret }\n  b: { kind: anthropic, key: env:KEY }\n");
        Assert.Equal(
            ["models.a.kind openai", "models.a.url http://x", "models.a.key ***",
                "models.b.kind anthropic", "models.b.key env:KEY"],
            ConfigReport.Lines(Load()).Where(line => line.Key.StartsWith("models", StringComparison.Ordinal))
                .Select(line => $"{line.Key} {line.Value}"));
    }

    [Fact]
    public void Models_are_merged_by_name_and_field_and_each_says_where_it_is_from()
    {
        Home("models:\n  a: { kind: openai, url: \"http://x/v1\", key: sk-home, price: free, models: { m: { context: "
            + "9000 }, n: { price: free } } }\n"
            + "  b: { kind: anthropic }\n");
        Folder("models: { a: { quota: { requests: 9 }, models: { m: { context: 8000 } } }, c: { kind: openai } }");
        _environment["AMOEBA_MODELS"] = "{ b: { model: claude } }";
        var config = Load();
        var (a, b) = (config.Models!.Entries[0], config.Models.Entries[1]);
        Assert.Equal(["a", "b", "c"], config.Models.Entries.Select(entry => entry.Name));
        Assert.Equal(("sk-home", 9L, true), (a.Key!.Text, a.Quota!.Requests, a.Price!.IsFree));
        Assert.Equal((8000, true), (a.Models["m"].Context, a.Models["n"].Price!.IsFree));
        Assert.Equal((ModelKind.Anthropic, "claude"), (b.Kind, b.Model));
        var from = ConfigReport.Lines(config).ToDictionary(line => line.Key, line => Path.GetFileName(line.Origin));
        Assert.Equal(("config.yaml", "amoeba.yaml"), (from["models.a.key"], from["models.a.quota"]));
        Assert.Equal(("amoeba.yaml", "config.yaml"),
            (from["models.a.models.m.context"], from["models.a.models.n.price"]));
        Assert.Equal(("config.yaml", "AMOEBA_MODELS"), (from["models.b.kind"], from["models.b.model"]));
    }

    [Fact]
    public void A_key_does_not_follow_an_entry_to_another_address()
    {
        Home("models:\n  a: { kind: openai, url: \"http://x/v1\", key: sk-home, headers: { X: sk-home }, model: "
            + "large }\n  b: { kind: openai, key: sk-b }\n");
        Folder("models: { a: { url: \"http://elsewhere/v1\" }, b: { kind: anthropic } }");
        var entries = Load().Models!.Entries;
        Assert.Null(entries[0].Key);
        Assert.Empty(entries[0].Headers);
        Assert.Equal("large", entries[0].Model);
        Assert.Equal("env:ANTHROPIC_API_KEY", entries[1].Key!.ToString());
        Folder("models: { a: { url: \"http://elsewhere/v1\", key: own }, b: { key: own } }");
        Assert.Equal(["own", "own"], Load().Models!.Entries.Select(entry => entry.Key!.Text));
    }

    [Fact]
    public void A_mistake_in_a_nearer_entry_is_told_where_it_is()
    {
        Home("models: { a: { kind: openai } }\n");
        Folder("models:\n  a: { kind: opanai }\n  b: { model: m }\n");
        var told = Assert.Throws<PlanException>(Load).Message;
        Assert.Contains("amoeba.yaml", told, StringComparison.Ordinal);
        Assert.Contains("models.a.kind: expected one of", told, StringComparison.Ordinal);
        Assert.Contains("models.b.kind: missing", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_tool_does_tasks_that_have_only_a_description()
    {
        Home("default_tool: { run: [agent, -p, \"{description}\"] }\n");
        var options = new PlanReadOptions { DefaultTool = Load().DefaultTool };
        var plan = PlanReader.Read("tasks: [ { id: a, each: [x], description: \"Say {item}\" } ]", "p.yaml", options);
        Assert.Equal("Say {item}", Assert.IsType<RunSpec>(plan.Tasks[0].Do[0]).Arguments[2].Source);
        Home("default_tool: { rum: [agent] }\n");
        Assert.Contains("did you mean run?", Assert.Throws<PlanException>(Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_are_read_with_a_warning()
    {
        Home("rules: [ { type: x, answer: allow } ]\ninherit: [A, B, A]\n");
        Assert.StartsWith("rules:", Assert.Single(Load().Warnings), StringComparison.Ordinal);
        Assert.Equal(["A", "B"], Load().Inherit);
    }

    private AmoebaConfig Load() => ConfigReader.Load(new ConfigSources
    {
        Folder = _root,
        Environment = name => _environment.GetValueOrDefault(name),
        Flags = _flags,
    });

    private void Home(string text) => File.WriteAllText(Path.Combine(_root, "home", ConfigReader.HomeFile), text);

    private void Folder(string text) => File.WriteAllText(Path.Combine(_root, ConfigReader.FolderFile), text);
}
