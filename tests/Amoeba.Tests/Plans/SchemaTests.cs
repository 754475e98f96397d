using System.Text.Json;
using Amoeba.Hosting.Configuration;
using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

/// <summary>What is published and what is read cannot drift apart.</summary>
public sealed class SchemaTests
{
    private static readonly JsonElement Plan = JsonDocument.Parse(PlanSchema.Plan).RootElement;
    private static readonly JsonElement Config = JsonDocument.Parse(PlanSchema.Config).RootElement;

    [Fact]
    public void The_plan_schema_knows_the_names_that_are_read()
    {
        var defs = Plan.GetProperty("$defs");
        Same(PlanNames.Plan, Plan);
        Same(PlanNames.Task, defs.GetProperty("task"));
        Same(PlanNames.Each, defs.GetProperty("each").GetProperty("anyOf")[1]);
        Same(PlanNames.Tools, defs.GetProperty("tool"));
        Same(PlanNames.Fetch, defs.GetProperty("fetch").GetProperty("anyOf")[1]);
        Same(PlanNames.Chat, defs.GetProperty("chat"));
        Same(PlanNames.Limits, defs.GetProperty("limits"));
        Same(PlanNames.Budget, defs.GetProperty("budget"));
        Same(PlanNames.Estimate, defs.GetProperty("estimate"));
        Same(PlanNames.Verify, Plan.GetProperty("properties").GetProperty("verify"));
    }

    [Fact]
    public void The_plan_schema_knows_the_words_that_are_read()
    {
        var properties = Plan.GetProperty("properties");
        SameWords(PlanNames.Cells.Keys, properties.GetProperty("cell"));
        SameWords(PlanNames.Strategies.Keys, properties.GetProperty("strategy"));
        SameWords(PlanNames.Failures.Keys, properties.GetProperty("on_failure"));
        SameWords(PlanNames.Priorities.Keys, properties.GetProperty("priority"));
        var merge = Plan.GetProperty("$defs").GetProperty("merge").GetProperty("anyOf");
        var words = merge[0].GetProperty("enum").EnumerateArray().Select(word => word.GetString()!);
        Assert.Equal(PlanNames.Merges.Keys.Order(), words.Concat(Names(merge[1])).Append("run").Append("chat").Order());
        Same(PlanNames.RunMerge, merge[2]);
        Same(PlanNames.ChatMerge, merge[3]);
        Same(PlanNames.MergeChat, Plan.GetProperty("$defs").GetProperty("merge_chat"));
    }

    [Fact]
    public void The_configuration_schema_knows_the_keys_that_are_read()
    {
        Assert.Equal(ConfigKeys.Within("").Append("$schema").Order(), Names(Config).Order());
        foreach (var key in ConfigKeys.All)
        {
            var at = Config;
            foreach (var name in key.Name.Split('.')) at = Inner(at).GetProperty("properties").GetProperty(name);
        }

        foreach (var group in (string[])["approval", "caps", "limits", "gain", "zones", "retention", "fetch"])
        {
            Assert.Equal(
                ConfigKeys.Within(group).Order(),
                Names(Inner(Config.GetProperty("properties").GetProperty(group))).Order());
        }

        Same(
            ConfigModels.Names,
            Config.GetProperty("properties").GetProperty("models").GetProperty("additionalProperties"));
        var model = Config.GetProperty("properties").GetProperty("models")
            .GetProperty("additionalProperties").GetProperty("properties");
        Same(ConfigModels.QuotaNames, model.GetProperty("quota"));
        Same(ConfigModels.PriceNames, model.GetProperty("price").GetProperty("anyOf")[1]);
        Same(ConfigModels.DetailNames, model.GetProperty("models").GetProperty("additionalProperties"));
        Same(ConfigShapes.RuleNames, Config.GetProperty("properties").GetProperty("rules").GetProperty("items"));
    }

    [Fact]
    public void Every_name_is_described()
    {
        foreach (var schema in (JsonElement[])[Plan, Config]) Described(schema, "");
    }

    private static void Described(JsonElement schema, string path)
    {
        if (schema.ValueKind == JsonValueKind.Array)
        {
            foreach (var member in schema.EnumerateArray()) Described(member, path);
        }

        if (schema.ValueKind != JsonValueKind.Object) return;
        foreach (var member in schema.EnumerateObject())
        {
            if (member.Name == "properties")
            {
                foreach (var property in member.Value.EnumerateObject())
                {
                    Assert.True(
                        property.Value.TryGetProperty("description", out _)
                            || property.Value.TryGetProperty("$ref", out _),
                        $"{path}.{property.Name}");
                }
            }

            Described(member.Value, $"{path}.{member.Name}");
        }
    }

    /// <summary>The map form of what may be written in several ways.</summary>
    private static JsonElement Inner(JsonElement schema) => schema.TryGetProperty("properties", out _)
        ? schema
        : schema.GetProperty("anyOf").EnumerateArray().First(form => form.TryGetProperty("properties", out _));

    private static void Same(IEnumerable<string> names, JsonElement schema) =>
        Assert.Equal(names.Order(), Names(schema).Order());

    private static void SameWords(IEnumerable<string> words, JsonElement schema) =>
        Assert.Equal(
            words.Order(),
            schema.GetProperty("enum").EnumerateArray().Select(word => word.GetString()!).Order());

    private static IEnumerable<string> Names(JsonElement schema) =>
        schema.GetProperty("properties").EnumerateObject().Select(property => property.Name);
}
