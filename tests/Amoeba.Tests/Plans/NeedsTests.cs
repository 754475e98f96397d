using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

public sealed class NeedsTests
{
    private static void Read(params string[] tasks) =>
        PlanReader.Read($"{{ \"tasks\": [{string.Join(',', tasks)}] }}", "plan.json");

    private static string Task(string id, string needs, string argument) =>
        $$"""{ "id": "{{id}}", "needs": [{{needs}}], "do": { "run": ["echo", "{{argument}}"] } }""";

    [Fact]
    public void An_output_may_be_of_anything_that_came_before() =>
        Read(Task("c", "\"b\"", "{tasks.a.output}{tasks.b.file}"), Task("b", "\"a\"", ""), Task("a", "", ""));

    [Theory]
    [InlineData("{tasks.a.output}", "add a to its needs")]
    [InlineData("{tasks.c.output}", "add c to its needs")]
    [InlineData("{tasks.bb.output}", "did you mean b?")]
    public void An_output_of_what_did_not_come_before_is_refused(string argument, string message) => Assert.Contains(
        message,
        Assert.Throws<PlanException>(
            () => Read(Task("a", "", ""), Task("b", "", ""), Task("c", "\"b\"", argument))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_long_chain_that_refers_to_its_beginning_is_read()
    {
        const int count = 3000;
        var tasks = Enumerable.Range(1, count - 1).Select(n => Task($"t{n}", $"\"t{n - 1}\"", "{tasks.t0.output}"));
        Read([.. tasks.Reverse(), Task("t0", "", "")]);
        Assert.Contains(
            "t0 -> t2999",
            Assert.Throws<PlanException>(() => Read([.. tasks, Task("t0", "\"t2999\"", "")])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_of_a_variable_that_is_only_set_outside_is_known()
    {
        var text = """{ "each": ["a"], "do": { "run": ["echo", "{vars.x}"] }, "vars": { "y": null } }""";
        var options = new PlanReadOptions { Vars = new Dictionary<string, string> { ["x"] = "{item}", ["y"] = "2" } };
        Assert.Equal("{item}", PlanReader.Read(text, "plan.json", options).Vars["x"]);
        Assert.Throws<PlanException>(() => PlanReader.Read(text, "plan.json"));
    }

    [Fact]
    public void Needs_and_variables_that_programs_would_know_by_one_name_are_refused()
    {
        var needs = Assert.Throws<PlanException>(() =>
            Read(Task("a-b", "", ""), Task("a_b", "", ""), Task("c", "\"a-b\", \"a_b\"", "")));
        Assert.Contains("what a-b and a_b gave as one variable, AMOEBA_INPUT_A_B",
            needs.Message, StringComparison.Ordinal);
        const string vars = """{ "each": ["a"], "do": { "sh": "true" }, "vars": { "x": 1, "X": 2 } }""";
        Assert.Contains(
            "plan.json:1:42: vars: programs would be given X and x as one variable, AMOEBA_VAR_X; rename one of them.",
            Assert.Throws<PlanException>(() => PlanReader.Read(vars, "plan.json")).Message,
            StringComparison.Ordinal);
        PlanReader.Read(vars, "plan.json", new PlanReadOptions { Stored = true });
        PlanReader.Read(
            vars.Replace("""{ "sh": "true" }""", """{ "wait": 0 }""", StringComparison.Ordinal), "plan.json");
    }
}
