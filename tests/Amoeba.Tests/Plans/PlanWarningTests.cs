using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

public sealed class PlanWarningTests
{
    private const string Do = "do: { wait: 0 }";

    [Theory]
    [InlineData("limits: { cpu: 1 }", "2:16: limits.cpu: has no effect on wait: ")]
    [InlineData("limits: { memory: 1GB }", "2:19: limits.memory: has no effect on wait: ")]
    [InlineData("limits: { processes: 4 }", "2:22: limits.processes: has no effect on wait: ")]
    [InlineData("limits: { files: 50 }", "2:18: limits.files: has no effect on wait: ")]
    [InlineData("limits: { stall: 3s }", "2:18: limits.stall: has no effect on wait, ")]
    [InlineData("limits: { tokens: 8000 }", "2:19: limits.tokens: has no effect in this version: ")]
    [InlineData("network: false", "2:10: network: has no effect here: only a container keeps "
        + "programs from the network")]
    [InlineData("skill: code", "2:8: skill: has no effect in this version: ")]
    [InlineData("affinity: x", "2:11: affinity: has no effect in this version: ")]
    [InlineData("max_depth: 3", "2:12: max_depth: has no effect in this version: ")]
    public void A_name_without_effect_gives_a_warning_with_its_place(string line, string warning) =>
        Assert.StartsWith($"p.yaml:{warning}", Assert.Single(Warnings($"{Do}\n{line}\neach: [a]")));

    [Theory]
    [InlineData("budget: { tokens: 5, cost_usd: 1.00 }")]
    [InlineData("limits: { stall: off, timeout: 1m, output: 1MB, retries: 0 }")]
    [InlineData("skill: null")]
    [InlineData("ref: X-1\nbranch: main\npriority: high\ndeadline: 2h")]
    public void What_holds_anyway_gives_none(string line) => Assert.Empty(Warnings($"{Do}\n{line}\neach: [a]"));

    [Fact]
    public void What_some_tool_of_the_plan_keeps_to_gives_none()
    {
        const string Fetch = "{ fetch: \"http://127.0.0.1/{item}\" }";
        Assert.Empty(Warnings($"do: {Fetch}\nlimits: {{ stall: 3s }}\neach: [a]"));
        Assert.Empty(Warnings($"do: [{Fetch}, {{ wait: 0 }}]\nlimits: {{ stall: 3s }}\neach: [a]"));
        Assert.Empty(Warnings("do: { sh: \"true\" }\nlimits: { stall: 3s }\neach: [a]"));
        Assert.Contains("limits.tokens", Assert.Single(Warnings($"do: {Fetch}\nlimits: {{ tokens: 3 }}\neach: [a]")));
    }

    [Theory]
    [InlineData("verify: { sh: \"true\" }")]
    [InlineData("merge: { run: [sort] }")]
    public void A_program_beside_the_tools_is_held_by_what_holds_programs(string line)
    {
        const string Limits = "limits: { memory: 1GB, processes: 9, cpu: 1, files: 50 }";
        Assert.Empty(Warnings($"{Do}\n{Limits}\neach: [a]\n{line}"));
        Assert.Equal(4, Warnings($"{Do}\n{Limits}\neach: [a]").Count);
    }

    [Fact]
    public void A_merges_own_limits_are_looked_at_with_its_own_tool()
    {
        const string Chat = "chat: { model: local/m, prompt: \"{results}\" }";
        const string Limits = "limits: { memory: 1GB, tokens: 5 }";
        var programs = Warnings($"do: {{ sh: \"true\" }}\neach: [a]\nmerge: {{ {Chat}, {Limits} }}");
        Assert.StartsWith("p.yaml:3:", Assert.Single(programs), StringComparison.Ordinal);
        Assert.Contains(": merge.limits.memory: has no effect on chat: ", programs[0], StringComparison.Ordinal);
        Assert.Contains("merge.limits.tokens: has no effect", Assert.Single(
            Warnings($"{Do}\neach: [a]\nmerge: {{ run: [sort], {Limits} }}")), StringComparison.Ordinal);
        Assert.Contains("limits.tokens: has no effect", Assert.Single(
            Warnings($"{Do}\neach: [a]\nlimits: {{ tokens: 5 }}\nmerge: {{ {Chat} }}")), StringComparison.Ordinal);
        Assert.Empty(Warnings($"{Do}\neach: [a]\nlimits: {{ stall: 5s }}\nmerge: {{ {Chat} }}"));
    }

    [Fact]
    public void Many_tasks_that_say_the_same_are_told_once_and_in_order()
    {
        var warnings = Warnings("""
            tasks:
              - { id: a, do: { wait: 0 }, skill: code }
              - { id: b, do: { wait: 0 }, skill: code, affinity: x }
            max_depth: 1
            """);
        Assert.Equal(
            ["p.yaml:2:38: tasks[0].skill", "p.yaml:3:54: tasks[1].affinity", "p.yaml:4:12: max_depth"],
            warnings.Select(warning => string.Join(':', warning.Split(':')[..4]))
                .Select(text => text.Split(": has")[0]));
    }

    [Theory]
    [InlineData("cp {item} out", "{item}", "\"$AMOEBA_ITEM\"")]
    [InlineData("echo item={item}", "{item}", "\"$AMOEBA_ITEM\"")]
    [InlineData("echo for each item '{item}'", "{item}", "\"$AMOEBA_ITEM\"")]
    [InlineData("curl http://h/{item.first-name} | jq .", "{item.first-name}", "\"$AMOEBA_ITEM_FIRST_NAME\"")]
    [InlineData("awk '{print}' f > {index}.txt", "{index}", "\"$AMOEBA_INDEX\"")]
    [InlineData("cat ${x}/{page} ${item}", "{page}", "\"$AMOEBA_ITEM\"")]
    [InlineData("cat {page.name}", "{page.name}", "\"$AMOEBA_ITEM_NAME\"")]
    [InlineData("cat {vars.level}", "{vars.level}", "\"$AMOEBA_VAR_LEVEL\"")]
    [InlineData("wc {tasks.first.file}", "{tasks.first.file}", "\"$AMOEBA_INPUT_FIRST\"")]
    [InlineData("echo {tasks.first.output}", "{tasks.first.output}", "\"$(cat \"$AMOEBA_INPUT_FIRST\")\"")]
    public void What_a_shells_text_says_in_braces_as_if_it_were_filled_in_gives_a_warning(
        string text, string written, string instead)
    {
        var warning = Assert.Single(Warnings(Shell(text)));
        Assert.StartsWith("p.yaml:", warning, StringComparison.Ordinal);
        Assert.Contains($": tasks[1].do.sh: {written} is not filled in: ", warning, StringComparison.Ordinal);
        Assert.EndsWith($" Write {instead} instead.", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cp \"$AMOEBA_ITEM\" ${item} ${item.x} ${AMOEBA_ITEM%.txt}")]
    [InlineData("awk '{print $1} {x[$2]++} END {for (i in x) print i}' < f")]
    [InlineData("echo {a,b} {1..3} {} { item; } { } {item,x} {items} {vars.other} {tasks.other.file} '{'")]
    [InlineData("render '{{item}} {{ item }} {%item%} %{item} #{item} @{index} \\{item}'")]
    [InlineData("ls | xargs -I{item} cp {item} to/{item}")]
    [InlineData("ls | xargs -I '{item}' cp '{item}' to")]
    [InlineData("sed \"s|{item}|$AMOEBA_ITEM|; s|{index}|$AMOEBA_INDEX|\" form")]
    [InlineData("python3 -c 'for index, item in enumerate(range(3)): print(f\"{index} {item}\")'")]
    [InlineData("python3 -c 'item = 1; print(f\"{item}\")'")]
    [InlineData("python3 -c 'print(\"{item}\".format(item=1))'")]
    [InlineData("curl -s http://h | jq '.[] | {item}'")]
    public void Other_braces_of_a_shells_text_give_none(string text) => Assert.Empty(Warnings(Shell(text)));

    [Fact]
    public void It_is_told_once_of_a_chain_and_a_check_too_and_of_items_only_where_there_are_any()
    {
        const string Text = "{ sh: \"cat {item}\" }";
        Assert.Equal(["p.yaml:1:12: do[0].sh"], Places($"do: [{Text}, {Text}]\neach: [a]"));
        Assert.Equal(["p.yaml:2:15: verify.sh"], Places($"{Do}\nverify: {Text}\neach: [a]"));
        Assert.Empty(Warnings($"tasks: [{{ id: a, do: {Text} }}]"));
        Assert.Equal(
            ["p.yaml:1:15: verify.sh"],
            Places($"verify: {Text}\ntasks: [{{ id: a, do: {{ wait: 0 }} }}, "
                + "{ id: b, each: [x], do: { wait: 0 } }, { id: c, each: [x], do: { wait: 0 } }]"));

        static IEnumerable<string> Places(string plan) =>
            Warnings(plan).Select(warning => warning.Split(": {item} is not filled in: ")[0]);
    }

    /// <summary>Its text is a block, so that nothing in it means anything to YAML.</summary>
    private static string Shell(string text) => $$"""
        vars: { level: strict }
        tasks:
          - { id: first, do: { wait: 0 } }
          - id: second
            needs: [first]
            each: { items: [a], as: page }
            do:
              sh: |-
                {{text}}
        """;

    [Fact]
    public void A_deadline_that_is_past_gives_a_warning() =>
        Assert.StartsWith(
            "p.yaml:2:11: deadline: 2019-01-31T12:00:00Z is past already: ",
            Assert.Single(Warnings($"{Do}\ndeadline: 2019-01-31T12:00:00Z\neach: [a]")));

    [Fact]
    public void A_stored_plan_says_nothing_again()
    {
        var plan = PlanReader.Read($"{Do}\nskill: code\neach: [a]", "p.yaml");
        Assert.NotEmpty(plan.Warnings);
        Assert.Empty(PlanJson.Read(PlanJson.Write(plan, withItems: true)).Warnings);
    }

    private static IReadOnlyList<string> Warnings(string text) =>
        PlanReader.Read(text, "p.yaml",
            new PlanReadOptions { Now = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) }).Warnings;
}
