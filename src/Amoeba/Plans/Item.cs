namespace Amoeba.Plans;

/// <summary>
/// One item of `each`: a text, or an object with fields. <see cref="Json"/> is its exact canonical JSON (numbers as
/// they were written); <see cref="Text"/> is what `{item}` and AMOEBA_ITEM give: the text itself, or the JSON.
/// </summary>
internal abstract record Item
{
    public abstract string Text { get; }

    public abstract string Json { get; }

    /// <summary>A field's text (strings as they are, other values as JSON), or null where the item lacks it.</summary>
    public abstract string? Field(string name);

    public abstract IEnumerable<string> Fields { get; }
}
