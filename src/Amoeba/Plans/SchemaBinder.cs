using System.Text.RegularExpressions;

namespace Amoeba.Plans;

/// <summary>A JSON schema as it is written, to what it asks.</summary>
internal static class SchemaBinder
{
    private const string RefStart = "#/$defs/";

    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>Every keyword there is; the last line's are read and ask nothing.</summary>
    private static readonly string[] Keywords =
    [
        "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "uniqueItems",
        "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength", "maxLength", "pattern", "anyOf", "oneOf", "allOf", "$ref", "$defs",
        "title", "description", "default", "examples", "format", "$schema", "$id", "$comment",
    ];

    /// <summary>Reads a whole schema; an answer is an object, because no vendor binds to anything else.</summary>
    public static AnswerSchema Bind(PlanCursor cursor)
    {
        var json = NodeJson.Of(cursor.Node);
        if (cursor.Node.Kind != NodeKind.Map)
        {
            cursor.Expect("a JSON schema: a map such as { type: object, properties: {...} }");
            return new AnswerSchema(json, SchemaRule.Anything, new Dictionary<string, SchemaRule>());
        }

        var map = new PlanMap(cursor);
        if (map["type"] is not { Node.Text: "object" })
            map.Fail("type",
                "expected object: an answer by schema is an object; put anything else into a member of it.");
        var defs = new Dictionary<string, SchemaRule>(StringComparer.Ordinal);
        if (map["$defs"] is { } given)
        {
            if (given.Node.Kind != NodeKind.Map) given.Expect("a map of schemas by name");
            var names = given.Node.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, value) in new PlanMap(given).Named) defs[name] = Rule(value, names);
            return new AnswerSchema(json, Rule(cursor, names), defs);
        }

        return new AnswerSchema(json, Rule(cursor, []), defs);
    }

    private static SchemaRule Rule(PlanCursor cursor, HashSet<string> defs)
    {
        if (cursor.Node.Kind == NodeKind.Bool) return cursor.Bool() ? SchemaRule.Anything : SchemaRule.Nothing;
        if (cursor.Node.Kind != NodeKind.Map)
        {
            cursor.Expect("a schema: a map, true or false");
            return SchemaRule.Anything;
        }

        var map = new PlanMap(cursor);
        foreach (var entry in cursor.Node.Entries)
        {
            if (!Keywords.Contains(entry.Name)) map.Fail(entry.Name, Unknown(entry.Name));
        }

        return new SchemaRule
        {
            Types = map["type"] is { } type ? TypesOf(type) : null,
            Ref = map["$ref"] is { } reference ? RefOf(reference, defs) : null,
            Values = ValuesOf(cursor.Node, map),
            Properties = map["properties"] is { } properties ? Members(properties, defs) : null,
            Required = map["required"] is { } required ? Names(required) : [],
            Others = map["additionalProperties"] is { } others ? Rule(others, defs) : null,
            Items = map["items"] is { } items ? Rule(items, defs) : null,
            MinItems = Count(map["minItems"]),
            MaxItems = Count(map["maxItems"]),
            UniqueItems = map["uniqueItems"]?.Bool() ?? false,
            Minimum = Number(map["minimum"]),
            Maximum = Number(map["maximum"]),
            Above = Number(map["exclusiveMinimum"]),
            Below = Number(map["exclusiveMaximum"]),
            MultipleOf = map["multipleOf"]?.Number(1e-9),
            MinLength = Count(map["minLength"]),
            MaxLength = Count(map["maxLength"]),
            Pattern = map["pattern"] is { } pattern ? PatternOf(pattern) : null,
            AnyOf = Choices(map["anyOf"], defs),
            OneOf = Choices(map["oneOf"], defs),
            AllOf = Choices(map["allOf"], defs),
        };
    }

    private static string Unknown(string keyword) =>
        "an answer cannot be checked by this keyword"
        + (NearestName.Of(keyword, Keywords) is { } near ? $"; did you mean {near}?" : ".")
        + " Known are " + string.Join(", ", Keywords) + ".";

    private static IReadOnlyList<string> TypesOf(PlanCursor cursor)
    {
        PlanCursor[] members = cursor.Node.IsScalar ? [cursor] : [.. cursor.List("a type, or a list of them")];
        foreach (var member in members)
        {
            // The word null is nothing in YAML; as a type it is meant.
            if (member.Node.Kind == NodeKind.Null || Types.Contains(member.Node.Text)) continue;
            member.Expect($"one of: {string.Join(", ", Types)}");
        }

        return [.. members.Select(member => member.Node.Kind == NodeKind.Null ? "null" : member.Node.Text)];
    }

    private static string? RefOf(PlanCursor cursor, HashSet<string> defs)
    {
        var text = cursor.Text("a reference such as #/$defs/NAME");
        var name = text.StartsWith(RefStart, StringComparison.Ordinal) ? text[RefStart.Length..] : null;
        if (name is not null && defs.Contains(name)) return name;
        cursor.Fail($"\"{text}\" is nowhere; expected #/$defs/NAME with a name of the schema's $defs.");
        return null;
    }

    private static IReadOnlyList<string>? ValuesOf(PlanNode node, PlanMap map)
    {
        // A constant null is a value, and not a keyword that is left out.
        if (node.Entries.FirstOrDefault(entry => entry.Name == "const") is { } constant)
            return [NodeJson.Of(constant.Value)];
        if (map["enum"] is not { } values) return null;
        var members = values.List("a list of values");
        if (members.Count == 0 && values.Node.Kind == NodeKind.List) values.Expect("at least one value");
        return [.. members.Select(member => NodeJson.Of(member.Node))];
    }

    private static Dictionary<string, SchemaRule> Members(PlanCursor cursor, HashSet<string> defs)
    {
        if (cursor.Node.Kind != NodeKind.Map) cursor.Expect("a map of schemas by name");
        var members = new Dictionary<string, SchemaRule>(StringComparer.Ordinal);
        foreach (var (name, value) in new PlanMap(cursor).Named) members[name] = Rule(value, defs);
        return members;
    }

    private static IReadOnlyList<string> Names(PlanCursor cursor) =>
        [.. cursor.List("a list of names").Select(member => member.Text("a name"))];

    private static SchemaRule[]? Choices(PlanCursor? cursor, HashSet<string> defs)
    {
        if (cursor is not { } given) return null;
        var members = given.List("a list of schemas");
        if (members.Count == 0 && given.Node.Kind == NodeKind.List) given.Expect("at least one schema");
        return [.. members.Select(member => Rule(member, defs))];
    }

    private static double? Count(PlanCursor? cursor) => cursor?.Long(0, int.MaxValue);

    private static double? Number(PlanCursor? cursor) => cursor?.Number(double.MinValue, what: "a number");

    private static Regex? PatternOf(PlanCursor cursor)
    {
        try
        {
            // Without backtracking no answer can hold the parent up; what that engine lacks is refused here.
            return new Regex(cursor.Text("a pattern"), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            cursor.Fail($"no pattern that can be checked: {exception.Message}");
            return null;
        }
    }
}
