using Amoeba.Deciding;
using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Tests.Deciding;

/// <summary>What a merge by a model is expected to call.</summary>
public sealed class MergeCallsTests
{
    private static readonly ModelEntry Local =
        new() { Name = "m", Kind = ModelKind.OpenAi, Url = new Uri("http://127.0.0.1:1/v1") };
    private static readonly ModelEntry Far =
        new() { Name = "far", Kind = ModelKind.OpenAi, Url = new Uri("https://models.example/v1") };

    [Fact]
    public void No_merge_by_a_model_calls_none() =>
        Assert.Null(Of("""{ "each": ["a"], "do": { "wait": 0 }, "merge": "lines" }"""));

    [Fact]
    public void Few_results_are_one_call()
    {
        var calls =
            Of(
                """{ "each": ["a", "b"], "do": { "chat": { "model": "m/x", "prompt": "p", "max_tokens": 100 } }, "merge": { "chat": { "model": "m/x", "prompt": "p" } } }""")!;
        Assert.Equal(("m/x", 1, 1, 0d, false),
            (calls.Model, calls.Calls, calls.Levels, calls.CostUsd, calls.CostsMoney));
        Assert.InRange(calls.Tokens, 200 + 512, 200 + 512 + 200);
    }

    [Fact]
    public void Many_results_are_a_tree_with_its_price()
    {
        const string plan =
            """{ "each": { "range": "1..10000" }, "do": { "sh": "true" }, "merge": { "chat": { "model": "m/x", "prompt": "p" } } }""";
        var calls = Of(plan, Local with { Price = new TokenPrice(1, 2) })!;
        Assert.Equal((3, true), (calls.Levels, calls.CostsMoney));
        Assert.InRange(calls.Calls, 10_000 * 2100 / (28_000 * 4), 10_000 * 2200 / (27_000 * 4));
        Assert.InRange(calls.CostUsd!.Value, 5, 7);
        Assert.Equal(32_000, calls.LargestTokens);
        Assert.True(Of(plan, Local with { Context = 8000 })!.Calls > calls.Calls * 3);
    }

    [Fact]
    public void A_remote_model_without_a_price_counts_as_costing_unless_there_is_nothing_to_join()
    {
        const string plan =
            """{ "each": ["a"], "do": { "wait": 0 }, "merge": { "chat": { "model": "far/x", "prompt": "p" } } }""";
        Assert.Equal((true, null), (Of(plan)!.CostsMoney, Of(plan)!.CostUsd));
        Assert.Equal((false, 0), (Of(plan, items: 0)!.CostsMoney, Of(plan, items: 0)!.Calls));
    }

    [Fact]
    public void What_flowed_on_is_not_joined()
    {
        var calls = Of("""
            { "tasks": [
                { "id": "a", "each": { "range": "1..1000" }, "do": { "wait": 0 } },
                { "id": "b", "each": { "from": "a" }, "do": { "chat": { "model": "m/x", "prompt": "p", "max_tokens": 1 } } }],
              "merge": { "chat": { "model": "m/x", "prompt": "p" } } }
            """)!;
        Assert.Equal(1, calls.Levels);
    }

    private static MergeCalls? Of(string json, ModelEntry? local = null, int? items = null)
    {
        var plan = PlanReader.Read(json, "p.json");
        var models = new ModelCatalog([local ?? Local, Far]);
        var counts = plan.Tasks.Select(task => items ?? (task.Each switch
        {
            ItemsEach each => each.Items.Count,
            RangeEach range => (int)(range.Last - range.First + 1),
            _ => 1,
        })).ToList();
        return MergeCalls.Of(plan, StageInputs.From(plan, counts, models: models), models);
    }
}
