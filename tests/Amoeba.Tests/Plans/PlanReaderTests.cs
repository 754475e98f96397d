using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

public sealed class PlanReaderTests
{
    private static PlanSpec Read(string text, PlanReadOptions? options = null) =>
        PlanReader.Read(text, "plan.yaml", options);

    [Fact]
    public void Yaml_and_json_mean_the_same()
    {
        var yaml = Read("name: y\neach: { range: 1..3 }\ndo: { run: [echo, 'n{item}', 1.50, true] }\nmerge: lines\n");
        var json = Read(
            """{ "name": "y", "each": { "range": "1..3" }, "do": { "run": ["echo", "n{item}", 1.50, true] }, "merge": "lines" }""");
        Assert.Equal(PlanJson.Write(yaml), PlanJson.Write(json));
        Assert.Equal(
            ["echo", "n{item}", "1.50", "true"],
            Assert.IsType<RunSpec>(yaml.Tasks[0].Do[0]).Arguments.Select(a => a.Source));
    }

    [Fact]
    public void A_plan_with_each_becomes_one_task()
    {
        var plan = Read(
            "each: [ann, { name: bob, age: 007 }, 5]\ndo: { wait: 0.5 }\nchildren: 10\nlimits: { memory: 1GiB, "
                + "timeout: 1h30m, retries: 0 }");
        var task = Assert.Single(plan.Tasks);
        Assert.Equal(PlanSpec.EachTask, task.Id);
        Assert.Equal(
            ["ann", """{"name":"bob","age":"007"}""", "5"],
            Assert.IsType<ItemsEach>(task.Each).Items.Select(item => item.Text));
        Assert.Equal(0.5, Assert.IsType<WaitSpec>(task.Do[0]).Seconds.Value);
        Assert.Equal(
            (10, 1L << 30, TimeSpan.FromMinutes(90), 0),
            (plan.Children, task.Limits.Memory, task.Limits.Timeout, task.Limits.Retries));
        Assert.Equal(("plan", "wait/plan"), (plan.Name, plan.Type));
    }

    [Fact]
    public void What_the_plan_says_for_all_holds_unless_a_task_says_otherwise()
    {
        var plan = Read("""
            type: mine
            priority: high
            env: { A: "1", B: "2" }
            limits: { retries: 5, timeout: 10s }
            idempotent: false
            tasks:
              - { id: a, do: { sh: "echo {not a template}" } }
              - { id: b, needs: a, priority: low, env: { B: "{tasks.a.output}" }, limits: { retries: 1 }, do: [ { run: [x] }, { wait: 0 } ] }
            """);
        var (a, b) = (plan.Tasks[0], plan.Tasks[1]);
        Assert.Equal((Priority.High, 5, "mine"), (a.Priority, a.Limits.Retries, a.Type));
        Assert.Equal((Priority.Low, 1, TimeSpan.FromSeconds(10)), (b.Priority, b.Limits.Retries, b.Limits.Timeout));
        Assert.Equal(["1", "{tasks.a.output}"], b.Env.Values.Select(value => value.Source));
        Assert.False(b.Idempotent);
        Assert.Equal(["run", "wait"], b.Do.Select(tool => tool.Tool));
    }
}
