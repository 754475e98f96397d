namespace Amoeba.Plans;

internal sealed record TextItem(string Value) : Item
{
    public override string Text => Value;

    public override string Json => CanonicalJson.Quote(Value);

    public override string? Field(string name) => null;

    public override IEnumerable<string> Fields => [];
}

/// <summary>A field's value: the text that `{item.field}` gives, and its exact JSON.</summary>
internal readonly record struct ItemValue(string Text, string Json);

/// <summary>An object with its fields in the order they were written.</summary>
internal sealed record ObjectItem : Item
{
    private readonly IReadOnlyList<KeyValuePair<string, ItemValue>> _fields;

    /// <param name="fields">In order; no name twice.</param>
    /// <param name="json">The canonical JSON of the fields where it is at hand.</param>
    public ObjectItem(IReadOnlyList<KeyValuePair<string, ItemValue>> fields, string? json = null)
    {
        _fields = fields;
        Json = json ?? $"{{{string.Join(',', fields.Select(Member))}}}";
    }

    /// <summary>An item whose fields are all texts, such as a row of a table.</summary>
    public static ObjectItem OfTexts(IEnumerable<KeyValuePair<string, string>> fields) =>
        new([.. fields.Select(field => KeyValuePair.Create(field.Key, OfText(field.Value)))]);

    private static string Member(KeyValuePair<string, ItemValue> field) =>
        $"{CanonicalJson.Quote(field.Key)}:{field.Value.Json}";

    private static ItemValue OfText(string text) => new(text, CanonicalJson.Quote(text));

    public override string Text => Json;

    public override string Json { get; }

    /// <summary>
    /// The field of this name; else, where the name has dots, the value within a value that they lead to.
    /// </summary>
    public override string? Field(string name)
    {
        foreach (var field in _fields)
        {
            if (field.Key == name) return field.Value.Text;
        }

        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot > 0; dot = name.IndexOf('.', dot + 1))
        {
            foreach (var field in _fields)
            {
                if (field.Value.Json[0] == '{' && name.AsSpan(0, dot).SequenceEqual(field.Key)
                    && Parse(field.Value.Json).Field(name[(dot + 1)..]) is { } inner)
                {
                    return inner;
                }
            }
        }

        return null;
    }

    public override IEnumerable<string> Fields => _fields.Select(pair => pair.Key);

    public bool Equals(ObjectItem? other) => other is not null && other.Json == Json;

    public override int GetHashCode() => Json.GetHashCode(StringComparison.Ordinal);
}
