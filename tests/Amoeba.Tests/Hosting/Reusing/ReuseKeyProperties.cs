using System.Globalization;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reusing;
using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Hosting.Reusing;

public sealed class ReuseKeyProperties
{
    /// <summary>All that a key rests on; every part may be any small thing, so that equal ones come up often.</summary>
    private sealed record Parts(
        string Argument, string Fallback, string Verify, string Env,
        string Var, int Output, string Folder, string Group,
        int Index, string[] Items, (string Id, string[] Outputs)[] Needs);

    private static readonly Arbitrary<Parts> Any = Arb.From(
        from text in Gen.ArrayOf(Gen.Elements("", "a", "ab", "b", "{{", "é", "a\nb"), 8)
        from output in Gen.Choose(1, 2)
        from index in Gen.Choose(0, 1)
        from items in Gen.ArrayOf(Gen.Elements("", "a", "b", "ab"))
        from needs in Gen.ArrayOf(Gen.Zip(Gen.Elements("x", "y"), Gen.ArrayOf(Gen.Elements("", "1", "12", "2"))))
        select new Parts(
            text[0], text[1], text[2], text[3], text[4], output, text[5], text[6], index, items,
            [.. needs.Select(pair => (pair.Item1, pair.Item2)).Take(3)]));

    [Fact]
    public void Whatever_changes_in_what_a_result_rests_on_changes_its_key() => Prop.ForAll(Any, Any, (one, other) =>
        Same(one, other) == (KeyOf(one) == KeyOf(other))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_change_of_any_one_part_changes_the_key() => Prop.ForAll(Any, one =>
    {
        Parts[] changed =
        [
            one with { Argument = one.Argument + "z" },
            one with { Fallback = one.Fallback + "z" },
            one with { Verify = one.Verify + "z" },
            one with { Env = one.Env + "z" },
            one with { Var = one.Var + "z" },
            one with { Output = one.Output + 1 },
            one with { Folder = one.Folder + "z" },
            one with { Group = one.Group + "z" },
            one with { Index = one.Index + 1 },
            one with { Items = [.. one.Items, "z"] },
            one with { Needs = [.. one.Needs, ("z", [])] },
            one with { Needs = [.. one.Needs, ("z", ["z"])] },
        ];
        return changed.Append(one).Select(KeyOf).Distinct().Count() == changed.Length + 1;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void When_how_often_and_under_what_name_it_runs_changes_nothing()
    {
        const string Plain = """{ "name": "n", "each": ["a"], "do": { "run": ["echo", "{item}"] } }""";
        const string Dressed = """
            { "name": "other", "type": "t", "description": "d", "priority": "high", "children": 7, "each": { "items": ["a", "b"] },
              "deadline": "2030-01-01T00:00:00Z", "estimate": { "seconds": 3 }, "ref": "X-1", "merge": "json",
              "limits": { "retries": 5, "timeout": "1h", "memory": "1GB" }, "do": { "run": ["echo", "{item}"] } }
            """;
        Assert.Equal(Key(Plain, 0), Key(Dressed, 0));
        Assert.Equal(Key(Plain, 0), Key(Plain, 3));
    }

    [Theory]
    [InlineData("""{ "each": ["a"], "do": { "run": ["echo", "{index}"] } }""")]
    [InlineData("""{ "each": ["a"], "do": { "sh": "echo $AMOEBA_INDEX" } }""")]
    [InlineData("""{ "each": ["a"], "env": { "N": "{index}" }, "do": { "sh": "true" } }""")]
    public void The_index_counts_where_the_plan_speaks_of_it(string plan) =>
        Assert.NotEqual(Key(plan, 0), Key(plan, 1));

    private static UInt128 Key(string json, long index)
    {
        var plan = PlanReader.Read(json, "test");
        return new ReusableStage(plan, plan.Tasks[0], "/").Key([new TextItem("a")], index, 0);
    }

    private static UInt128 KeyOf(Parts parts)
    {
        var task = new TaskSpec
        {
            Id = "t",
            Type = "t",
            Each = new RangeEach(1, 2, 1),
            Do = [Run(parts.Argument), Run(parts.Fallback)],
            Verify = new ShSpec(parts.Verify),
            Group = Template.Literal(parts.Group),
            Env = new Dictionary<string, Template> { ["E"] = Template.Parse("{index}" + Template.Escape(parts.Env)) },
            Limits = new LimitSpec { Output = parts.Output },
        };
        var plan = new PlanSpec
        {
            Name = "n",
            Type = "t",
            Tasks = [task],
            Vars = new Dictionary<string, string> { ["v"] = parts.Var },
        };
        var needs = new NeedsHash();
        foreach (var (id, outputs) in parts.Needs)
        {
            needs.Begin(id);
            foreach (var output in outputs) needs.Add(OutputRef.Of(System.Text.Encoding.UTF8.GetBytes(output)));
        }

        return new ReusableStage(plan, task, parts.Folder)
            .Key([.. parts.Items.Select(item => new TextItem(item))], parts.Index, needs.Value);
    }

    private static RunSpec Run(string argument) => new([Template.Literal("echo"), Template.Literal(argument)]);

    private static bool Same(Parts one, Parts other) => Text(one) == Text(other);

    private static string Text(Parts parts) => string.Join('|',
        string.Join(
            '|', parts.Argument, parts.Fallback, parts.Verify, parts.Env, parts.Var, parts.Folder, parts.Group),
        parts.Output.ToString(CultureInfo.InvariantCulture), parts.Index.ToString(CultureInfo.InvariantCulture),
        $"[{string.Join(",", parts.Items.Select(item => $"<{item}>"))}]",
        "[" + string.Join(",",
            parts.Needs.Select(need => $"{need.Id}({string.Join(",", need.Outputs.Select(o => $"<{o}>"))})")) + "]");
}
