using Amoeba.Deciding;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Scheduling;

namespace Amoeba.Tests.Deciding;

public sealed class SpendingTests
{
    private const string Plan = """
        { "each": { "range": "1..{0}" }, "do": { "chat": { "model": "{1}", "prompt": "Describe {item}" } }, "estimate": { "seconds": 6, "tokens": 1000 } }
        """;

    private static readonly ModelCatalog Models = new(
    [
        Entry("local", "http://127.0.0.1:1/v1"),
        Entry("paid", "https://models.example/v1") with { Price = new TokenPrice(2, 10) },
        Entry("unknown", "https://models.example/v1"),
        Entry("slow", "http://127.0.0.1:1/v1") with { Quota = new QuotaSpec(Concurrency: 3) },
        Entry("rated", "http://127.0.0.1:1/v1") with { Quota = new QuotaSpec(Requests: 60) },
    ]);

    [Fact]
    public void A_model_on_this_machine_is_free_and_asks_nobody()
    {
        var decision = Decide("local/m", 10);
        Assert.Equal((10, 0m), (decision.Calls, decision.CostUsd));
        Assert.False(Spending.CostsMoney(decision.Input));
        Assert.Contains("10 calls of local/m, about 10,000 tokens, which cost nothing.", decision.Reasons);
    }

    [Fact]
    public void A_price_makes_a_sum()
    {
        var decision = Decide("paid/m", 100);
        // Of 1,000 tokens about 102 are read (two dollars a million), the rest is written (ten).
        Assert.InRange(decision.CostUsd, 0.90m, 0.95m);
        Assert.True(Spending.CostsMoney(decision.Input));
    }

    [Fact]
    public void A_remote_model_without_a_price_counts_as_costing_and_that_is_said()
    {
        var decision = Decide("unknown/m", 10);
        Assert.True(Spending.CostsMoney(decision.Input));
        Assert.Contains(decision.Reasons, reason => reason.Contains("is not known", StringComparison.Ordinal));
    }

    [Fact]
    public void No_more_children_than_the_server_takes_calls()
    {
        var decision = Decide("slow/m", 100);
        Assert.Equal(3, decision.Children);
        Assert.Contains("quota.concurrency", decision.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_rate_holds_the_children_to_what_it_keeps_busy_and_bounds_the_time()
    {
        var decision = Decide("rated/m", 600);
        Assert.InRange(decision.Children, 2, 6);
        Assert.True(decision.ParallelSeconds >= 9 * 60, $"{decision.ParallelSeconds}");
        Assert.True(Decide("rated/m", 50).Children > 6);
    }

    [Fact]
    public void A_decision_with_calls_is_stored_and_read_back()
    {
        var decision = Decide("rated/m", 600);
        var again = DecisionJson.Read(DecisionJson.Write(decision));
        Assert.Equal(decision.Input.Stages[0].Call, again.Input.Stages[0].Call);
    }

    [Fact]
    public void A_merge_by_a_model_counts_and_asks_with_the_rest()
    {
        var plan = PlanReader.Read("""
            { "each": { "range": "1..10" }, "do": { "wait": 0 }, "merge": { "chat": { "model": "paid/m", "prompt": "Join" } } }
            """, "plan.json");
        var stages = StageInputs.From(plan, [10], models: Models);
        var decision = Decider.Decide(new DecisionInput
        {
            Stages = stages,
            Merge = MergeCalls.Of(plan, stages, Models),
            Machine = new MachineInput(2, 8L << 30, 500 << 20, 256, 10, 32, 2L << 30, "off"),
        });
        Assert.Equal(1, decision.Calls);
        Assert.True(decision.CostUsd > 0);
        Assert.True(Spending.CostsMoney(decision.Input));
        Assert.Contains(decision.Reasons,
            reason => reason.Contains("1 call of paid/m (1 of them for the merge)", StringComparison.Ordinal));
        Assert.Equal(decision.Input.Merge, DecisionJson.Read(DecisionJson.Write(decision)).Input.Merge);
    }

    private static ModelEntry Entry(string name, string url) =>
        new() { Name = name, Kind = ModelKind.OpenAi, Url = new Uri(url) };

    private static Decision Decide(string model, int items)
    {
        var plan = PlanReader.Read(
            Plan.Replace("{0}", $"{items}", StringComparison.Ordinal).Replace("{1}", model, StringComparison.Ordinal),
            "plan.json");
        return Decider.Decide(new DecisionInput
        {
            Stages = StageInputs.From(plan, [items], models: Models),
            Machine = new MachineInput(2, 8L << 30, 500 << 20, 256, 10, 32, 2L << 30, "off"),
        });
    }
}
