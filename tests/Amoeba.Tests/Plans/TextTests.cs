using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Plans;

/// <summary>How YAML, JSON and figures are read.</summary>
public sealed class TextTests
{
    [Fact]
    public void Plain_scalars_of_yaml_are_resolved_and_quoted_ones_are_text()
    {
        var root =
            NodeReader.Read(
                "[null, ~, '', true, no, on, 1, -1.5, 1e3, .5, 0x1f, 007, 1_0, 'true', \"5\", !!str 5, 1.2.3]", "p")!;
        Assert.Equal(
            "Null Null Text Bool Text Text Number Number Number Number Text Number Text Text Text Text Text",
            string.Join(' ', root.Items.Select(item => item.Kind)));
    }

    [Fact]
    public void Positions_are_those_of_the_text()
    {
        var yaml = NodeReader.Read("a: 1\nb:\n  - é: {c: 2}\n", "p")!;
        Assert.Equal(
            new NodePosition(3, 9),
            yaml.Entries[1].Value.Items[0].Entries[0].Value.Entries[0].At);
        var json = NodeReader.Read("\uFEFF{\"a\": 1,\n  \"é\": [\"é\", 2]}", "p")!;
        Assert.Equal(new NodePosition(2, 14), json.Entries[1].Value.Items[1].At);
        Assert.Equal(new NodePosition(2, 3), json.Entries[1].At);
    }

    [Fact]
    public void Aliases_share_what_their_anchor_names()
    {
        var plan = PlanReader.Read(
            "limits: &l { retries: 7 }\ntasks:\n- { id: a, limits: *l, do: &d { wait: 0 } }\n- { id: b, do: *d }\n",
            "p.yaml");
        Assert.Equal([7, 7], plan.Tasks.Select(task => task.Limits.Retries));
        Assert.Equal("wait", plan.Tasks[1].Do[0].Tool);
    }

    [Fact]
    public void A_flow_map_of_yaml_is_read_though_it_begins_like_json() =>
        Assert.Single(PlanReader.Read("{each: [a], do: {wait: 0}}", "p.yaml").Tasks);

    [Theory]
    [InlineData("5m", 300.0)]
    [InlineData("1h30m", 5400.0)]
    [InlineData("500ms", 0.5)]
    [InlineData("2", 2.0)]
    [InlineData("0.25", 0.25)]
    [InlineData("1d 2h", 93600.0)]
    [InlineData("-1", null)]
    [InlineData("1h30", null)]
    [InlineData("5x", null)]
    [InlineData("", null)]
    [InlineData("99999d", null)]
    public void Times_have_units(string text, double? seconds) =>
        Assert.Equal(seconds, PlanUnits.TryDuration(text, out var time) ? time.TotalSeconds : null);

    [Theory]
    [InlineData("256MB", 268435456L)]
    [InlineData("1GiB", 1073741824L)]
    [InlineData("1.5 kb", 1536L)]
    [InlineData("12", 12L)]
    [InlineData("7B", 7L)]
    [InlineData("-1", null)]
    [InlineData("1XB", null)]
    [InlineData("lots", null)]
    [InlineData("99999999TB", null)]
    public void Sizes_have_units(string text, long? bytes) =>
        Assert.Equal(bytes, PlanUnits.TrySize(text, out var size) ? size : null);

    [Fact]
    public void What_is_shown_reads_back() => Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt>(), number =>
    {
        Assert.True(PlanUnits.TrySize(PlanUnits.ShowSize(number.Get * 512L), out var bytes));
        Assert.Equal(number.Get * 512L, bytes);
        var time = TimeSpan.FromMilliseconds(number.Get * 250L);
        Assert.True(PlanUnits.TryDuration(PlanUnits.Show(time), out var read));
        Assert.Equal(time, read);
    }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [InlineData("runn", "run")]
    [InlineData("comand", "command")]
    [InlineData("RUN", "run")]
    [InlineData("nmae", null)]
    [InlineData("zzz", null)]
    public void The_nearest_name_is_guessed(string name, string? nearest) =>
        Assert.Equal(nearest, NearestName.Of(name, ["sh", "run", "command", "wait"]));

    [Fact]
    public void A_text_of_any_kind_gives_a_plan_or_a_clear_refusal() => Prop.ForAll(
        Arb.From(
            Gen.ArrayOf(Gen.Elements("{", "}", "[", "]", ":", ",", "\n", "  ", "- ", "\"", "'", "each",
                "do", "tasks", "id", "run", "&a ", "*a", "!", "%", "#", "|", ">", "?", "\t", "x", "1"))),
        parts =>
        {
            var text = string.Concat(parts);
            var message = Record.Exception(() => PlanReader.Read(text, "p.yaml")) switch
            {
                null => "p.yaml:",
                PlanException exception => exception.Message,
                var other => throw new InvalidOperationException(text, other),
            };
            Assert.StartsWith("p.yaml:", message, StringComparison.Ordinal);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
}
