using System.Text.Json;
using System.Text.RegularExpressions;

namespace Amoeba.Plans;

/// <summary>
/// The part of JSON Schema that models are asked to answer by. A keyword that is not known here is refused when the
/// plan is read, because an answer could not be held to it.
/// </summary>
/// <param name="Json">The schema as canonical JSON.</param>
/// <param name="Root">What it says.</param>
/// <param name="Defs">The schemas of `$defs` by name.</param>
internal sealed record AnswerSchema(string Json, SchemaRule Root, IReadOnlyDictionary<string, SchemaRule> Defs)
{
    /// <summary>
    /// Every object names all of its members, needs them all and allows no other: what servers that bind the answer
    /// while it is written ask of a schema.
    /// </summary>
    public bool IsStrict => Root.IsStrict && Defs.Values.All(rule => rule.IsStrict);

    /// <summary>
    /// What is wrong with an answer, at most a few of it, each with its path; empty where it is right.
    /// </summary>
    public IReadOnlyList<string> Check(JsonElement answer) => new SchemaCheck(this).Run(answer);
}

/// <summary>One schema with what it asks. Null is not asked.</summary>
internal sealed record SchemaRule
{
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The name within `$defs`.</summary>
    public string? Ref { get; init; }

    /// <summary>Allowed values as canonical JSON, of `enum` or `const`.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    public IReadOnlyDictionary<string, SchemaRule>? Properties { get; init; }

    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>What other members have to be; <see cref="Nothing"/> where there may be none.</summary>
    public SchemaRule? Others { get; init; }

    public SchemaRule? Items { get; init; }

    public double? MinItems { get; init; }

    public double? MaxItems { get; init; }

    public bool UniqueItems { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public double? Above { get; init; }

    public double? Below { get; init; }

    public double? MultipleOf { get; init; }

    public double? MinLength { get; init; }

    public double? MaxLength { get; init; }

    public Regex? Pattern { get; init; }

    public IReadOnlyList<SchemaRule>? AnyOf { get; init; }

    public IReadOnlyList<SchemaRule>? OneOf { get; init; }

    public IReadOnlyList<SchemaRule>? AllOf { get; init; }

    /// <summary>No value is right.</summary>
    public static SchemaRule Nothing { get; } = new() { AnyOf = [] };

    /// <summary>Every value is right.</summary>
    public static SchemaRule Anything { get; } = new();

    public bool IsStrict => StrictObject && Inner.All(rule => rule.IsStrict);

    private bool StrictObject => Properties is null && Types?.Contains("object") != true
        || ReferenceEquals(Others, Nothing) && Properties is not null && Properties.Keys.All(Required.Contains);

    private IEnumerable<SchemaRule> Inner =>
    [
        .. Properties?.Values ?? [], .. Items is null ? [] : (SchemaRule[])[Items],
        .. AnyOf ?? [], .. OneOf ?? [], .. AllOf ?? [],
    ];
}
