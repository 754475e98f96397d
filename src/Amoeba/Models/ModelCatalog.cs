namespace Amoeba.Models;

/// <summary>The models that are configured, found by what a plan calls them.</summary>
internal sealed class ModelCatalog(IEnumerable<ModelEntry> entries, PriceTable? prices = null)
{
    private readonly SortedDictionary<string, ModelEntry> _entries =
        new(entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal), StringComparer.Ordinal);

    public static ModelCatalog Empty { get; } = new([]);

    public IReadOnlyCollection<ModelEntry> Entries => _entries.Values;

    /// <summary>The entry that `NAME` or `NAME/MODEL` means, or null.</summary>
    public ModelEntry? FindEntry(string text) => _entries.GetValueOrDefault(NameOf(text));

    /// <summary>NAME of NAME/MODEL. A model may have slashes of its own.</summary>
    public static string NameOf(string text) => text.Split('/', 2)[0];

    /// <summary>The model that a plan means; null where there is none, with why.</summary>
    public ModelSpec? Find(string text, out string why)
    {
        why = "";
        if (FindEntry(text) is not { } entry)
        {
            why = _entries.Count == 0 ? Unconfigured(text) : Unknown(text);
            return null;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var model = slash < 0 ? entry.Model ?? "" : text[(slash + 1)..];
        if (model.Length == 0 && entry.Kind != ModelKind.Own)
        {
            why = $"{text} says no model: write {entry.Name}/MODEL, or give models.{entry.Name}.model";
            return null;
        }

        return Spec(entry, model);
    }

    /// <summary>
    /// One of a server's models; its price is the configuration's, else none on this machine, else the table's.
    /// </summary>
    public ModelSpec Spec(ModelEntry entry, string model)
    {
        var own = entry.Models.GetValueOrDefault(model)?.Price ?? entry.Price;
        if (own is not null) return new ModelSpec(entry, model, own, "the configuration");
        if (entry.Kind == ModelKind.Own) return new ModelSpec(entry, model, null, "nowhere");
        if (entry.IsLoopback) return new ModelSpec(entry, model, TokenPrice.Free, "it runs on this machine");
        return (prices ?? PriceTable.Default).Find(entry.Url!.Host, model) is { } listed
            ? new ModelSpec(entry, model, listed.Price, listed.Source)
            : new ModelSpec(entry, model, null, "nowhere");
    }

    private static string Unconfigured(string text) =>
        $"the model {text} is not configured, and neither is any other; give it in config.yaml, such as "
        + $"models: {{ {NameOf(text)}: {{ kind: openai, url: \"http://127.0.0.1:11434/v1\" }} }}";

    private string Unknown(string text) =>
        $"the model {text} is not configured; configured are {string.Join(", ", _entries.Keys)}";

    /// <summary>The configured names, for advice.</summary>
    public IEnumerable<string> Names => _entries.Keys;
}
