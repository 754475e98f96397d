using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Plans;

public sealed class PlanJsonTests
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(500);

    [Fact]
    public void A_plan_comes_back_as_it_was_written() => Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
    {
        var plan = new RandomPlans(seed).Next();
        var again = PlanJson.Read(PlanJson.Write(plan));
        Assert.Equal(PlanJson.Write(plan), PlanJson.Write(again));
        Assert.Equivalent(
            plan with { Tasks = [], Merge = null, Vars = new Dictionary<string, string>() },
            again with { Tasks = [], Merge = null, Vars = new Dictionary<string, string>() });
        Assert.Equal(plan.Vars.OrderBy(pair => pair.Key), again.Vars.OrderBy(pair => pair.Key));
        foreach (var (task, back) in plan.Tasks.Zip(again.Tasks)) Same(task, back);
    }).Check(Quick);

    [Fact]
    public void The_text_says_every_default_in_one_order()
    {
        var plan = PlanReader.Read("each: [x, { b: 1, a: 2 }]\ndo: { sh: 'true' }\nlimits: { timeout: 90s }", "p.yaml");
        Assert.Equal(
            """{"name":"p","description":null,"type":"sh/p","vars":{},"tasks":[{"id":"each","description":null,"needs":[],"each":{"items":["x",{"b":1,"a":2}],"as":null},"batch":1,"do":[{"sh":"true"}],"type":"sh/p","skill":null,"priority":"medium","deadline":null,"limits":{"memory":268435456,"cpu":null,"timeout":90,"stall":null,"output":67108864,"processes":64,"files":1024,"retries":2,"tokens":null},"verify":null,"estimate":{"seconds":null,"memory":null,"tokens":null},"env":{},"affinity":null,"ref":null,"idempotent":true}],"merge":null,"children":null,"cell":"auto","strategy":"auto","on_failure":"continue","budget":{"tokens":null,"cost_usd":null,"time":null,"memory":null},"branch":"main","max_depth":2}""",
            PlanJson.Write(plan));
        Assert.Contains(
            """{"spooled":true,"as":null}""",
            PlanJson.Write(plan, withItems: false),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_of_a_person_cannot_name_what_only_programs_can()
    {
        string[] texts =
        [
            """{"each": {"spooled": true}, "do": {"wait": 0}}""",
            """{"each": ["a"], "do": {"delegate": "x"}}""",
            """{"each": ["a"], "do": {"wait": 0}, "merge": "none"}""",
        ];
        foreach (var text in texts)
        {
            Assert.Throws<PlanException>(() => PlanReader.Read(text, "p.json"));
        }
    }

    private static void Same(TaskSpec task, TaskSpec back)
    {
        Assert.Equal(
            (task.Id, task.Description, task.Batch, task.Type, task.Skill, task.Priority, task.Deadline),
            (back.Id, back.Description, back.Batch, back.Type, back.Skill, back.Priority, back.Deadline));
        Assert.Equal(
            (task.Limits, task.Affinity, task.Ref, task.Idempotent, task.Each?.GetType(), task.Each?.As),
            (back.Limits, back.Affinity, back.Ref, back.Idempotent, back.Each?.GetType(), back.Each?.As));
        Assert.Equal(task.Needs, back.Needs);
        Assert.Equal(task.Do.Select(tool => tool.Tool), back.Do.Select(tool => tool.Tool));
        Assert.Equal(Parts(task), Parts(back));
        if (task.Each is ItemsEach items) Assert.Equal(items.Items, Assert.IsType<ItemsEach>(back.Each).Items);
    }

    private static IEnumerable<TemplatePart> Parts(TaskSpec task) =>
        task.Do.SelectMany(tool => tool.Templates).Concat(task.Env.Values)
            .Concat(task.Verify?.Templates ?? []).SelectMany(
            template => template.Parts);
}
