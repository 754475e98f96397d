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
