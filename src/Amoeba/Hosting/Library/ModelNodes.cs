using System.Globalization;
using Amoeba.Hosting.Configuration;
using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Hosting.Library;

/// <summary>
/// Reads the options' models by the rules of the configuration, so that both allow the same and say the same.
/// </summary>
internal static class ModelNodes
{
    private const string Path = $"{nameof(AmoebaOptions)}.{nameof(AmoebaOptions.Models)}";

    /// <exception cref="ArgumentException">A name or a value is wrong; says which.</exception>
    public static ModelCatalog Read(AmoebaOptions options)
    {
        var errors = new PlanErrors(Path);
        var models = Map(options.Models.Select(model => (model.Key, (PlanNode?)Node(model.Value))));
        var entries = ConfigModels.Bind(new PlanCursor(models, Path, errors)).Entries;
        foreach (var (name, model) in options.Models.Where(model => options.ChatClients.ContainsKey(model.Key)))
        {
            if (model is { Url: not null } or { Key: not null } or { Headers.Count: > 0 })
                errors.Add(default, $"{Path}.{name}",
                    "is a client of ChatClients, which has no url, key or headers here.");
        }

        try
        {
            errors.ThrowIfAny();
        }
        catch (PlanException problem)
        {
            throw new ArgumentException(problem.Message, nameof(options), problem);
        }

        var bare = options.ChatClients.Keys.Where(name => !options.Models.ContainsKey(name))
            .Select(name => new ModelEntry { Name = name, Kind = ModelKind.Own });
        return new ModelCatalog([.. bare, .. entries.Select(entry => options.ChatClients.ContainsKey(entry.Name)
            ? entry with { Kind = ModelKind.Own, Url = null, Key = null }
            : entry)]);
    }

    private static PlanNode Node(ModelOptions model) => Map(
    [
        ("kind", Text(model.Kind switch
        {
            ModelInterface.OpenAi => "openai",
            ModelInterface.Anthropic => "anthropic",
            var other => other.ToString(),
        })),
        ("url", Text(model.Url?.OriginalString)),
        ("key", Text(model.Key)),
        ("model", Text(model.Model)),
        ("price", Node(model.Price)),
        ("quota", Node(model.Quota)),
        ("context", Figure(model.Context)),
        ("headers", Map(model.Headers.Select(header => (header.Key, Text(header.Value))))),
        ("models", Map(model.Models.Select(detail => (detail.Key, (PlanNode?)Map(
        [
            ("price", Node(detail.Value.Price)),
            ("quota", Node(detail.Value.Quota)),
            ("context", Figure(detail.Value.Context)),
        ]))))),
    ]);

    private static PlanNode? Node(ModelPrice? price) => price is null ? null : Map(
        [("input", Figure(price.Input)), ("output", Figure(price.Output)), ("cached", Figure(price.Cached))]);

    private static PlanNode? Node(ModelQuota? quota) => quota is null ? null : Map(
        [("concurrency", Figure(quota.Concurrency)),
            ("requests", Figure(quota.Requests)), ("tokens", Figure(quota.Tokens))]);

    private static PlanNode Map(IEnumerable<(string Name, PlanNode? Value)> entries) => new(NodeKind.Map, default)
    {
        Entries = [.. entries.Where(entry => entry.Value is not null)
            .Select(entry => new PlanEntry(entry.Name, default, entry.Value!))],
    };

    private static PlanNode? Text(string? text) =>
        text is null ? null : new PlanNode(NodeKind.Text, default) { Text = text };

    private static PlanNode? Figure(IFormattable? figure) => figure is null
        ? null
        : new PlanNode(NodeKind.Number, default) { Text = figure.ToString(null, CultureInfo.InvariantCulture) };
}
