using System.Text;

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

    /// <summary>An item of its JSON; a number, true and false become the text they are written as.</summary>
    /// <exception cref="PlanException">Not JSON, or null, or a list, or an object with a name twice.</exception>
    public static Item Parse(string json) => CanonicalJson.ReadItem(Encoding.UTF8.GetBytes(json));

    /// <inheritdoc cref="Parse(string)"/>
    public static Item Parse(ReadOnlySpan<byte> utf8Json) => CanonicalJson.ReadItem(utf8Json);
}
