using System.Text.Json;
using System.Text.Json.Nodes;

namespace Amoeba.StandIn.Answering;

/// <summary>
/// A value that conforms to a JSON schema: types, enum, const, all properties, items, bounds, formats, `$ref` within
/// the document, the first of anyOf and oneOf, all of allOf. `pattern` and `not` are not obeyed.
/// </summary>
internal sealed class SchemaSample(JsonElement root, Chance chance)
{
    private const int Deepest = 20;

    public JsonNode? Make() => Make(root, 0);

    /// <summary>
    /// Of the same kind, but with a required property missing; where none is required, of another kind.
    /// </summary>
    public JsonNode Spoil()
    {
        if (Make() is JsonObject made && Of(root, "required") is { ValueKind: JsonValueKind.Array } required
            && required.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.String } first)
        {
            made.Remove(first.GetString()!);
            return made;
        }

        return Make() is JsonArray ? new JsonObject { ["wrong"] = true } : new JsonArray("wrong");
    }

    private JsonNode? Make(JsonElement schema, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > Deepest) return null;
        if (Of(schema, "$ref") is { ValueKind: JsonValueKind.String } reference)
            return Make(Find(reference.GetString()!), depth + 1);
        if (Of(schema, "const") is { } constant) return JsonNode.Parse(constant.GetRawText());
        if (Of(schema, "enum") is { ValueKind: JsonValueKind.Array } choices && choices.GetArrayLength() > 0)
            return JsonNode.Parse(choices[chance.Below(choices.GetArrayLength())].GetRawText());
        foreach (var name in (ReadOnlySpan<string>)["anyOf", "oneOf"])
        {
            if (Of(schema, name) is { ValueKind: JsonValueKind.Array } ways && ways.GetArrayLength() > 0)
                return Make(ways[0], depth + 1);
        }

        return Type(schema) switch
        {
            "object" => Object(schema, depth),
            "array" => Array(schema, depth),
            "string" => Text(schema),
            "integer" => (long)Math.Ceiling(Number(schema, 1)),
            "number" => Number(schema, 1.5),
            "boolean" => chance.Next() < 0.5,
            _ => null,
        };
    }

    private JsonObject Object(JsonElement schema, int depth)
    {
        var made = new JsonObject();
        if (Of(schema, "allOf") is { ValueKind: JsonValueKind.Array } all)
        {
            foreach (var part in all.EnumerateArray())
            {
                if (Make(part, depth + 1) is not JsonObject some) continue;
                foreach (var (name, value) in some) made[name] = value?.DeepClone();
            }
        }

        if (Of(schema, "properties") is not { ValueKind: JsonValueKind.Object } properties) return made;
        foreach (var property in properties.EnumerateObject()) made[property.Name] = Make(property.Value, depth + 1);
        return made;
    }

    private JsonArray Array(JsonElement schema, int depth)
    {
        var made = new JsonArray();
        if (depth >= Deepest / 2) return made;
        var most = Of(schema, "maxItems")?.GetInt32() ?? int.MaxValue;
        var count = Math.Min(most, Math.Max(2, Of(schema, "minItems")?.GetInt32() ?? 0));
        var items = Of(schema, "items") ?? default;
        for (var i = 0; i < count; i++) made.Add(items.ValueKind == JsonValueKind.Object ? Make(items, depth + 1) : i);
        return made;
    }

    private string Text(JsonElement schema)
    {
        switch (Of(schema, "format")?.GetString())
        {
            case "date": return "2024-05-06";
            case "date-time": return "2024-05-06T07:08:09Z";
            case "time": return "07:08:09Z";
            case "email": return "someone@example.com";
            case "uri": return "https://example.com/";
            case "uuid": return "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        }

        var most = Of(schema, "maxLength")?.GetInt32() ?? int.MaxValue;
        var least = Of(schema, "minLength")?.GetInt32() ?? 0;
        var text = TokenRule.Text(2, chance).TrimEnd('.');
        if (text.Length < least) text = text.PadRight(least, 'x');
        return text.Length > most ? text[..most] : text;
    }

    private double Number(JsonElement schema, double usual)
    {
        var least = Of(schema, "minimum")?.GetDouble() ?? Of(schema, "exclusiveMinimum")?.GetDouble() + 1;
        var most = Of(schema, "maximum")?.GetDouble() ?? Of(schema, "exclusiveMaximum")?.GetDouble() - 1;
        if (least is { } from && from > usual) return from;
        return most is { } to && to < usual ? to : usual;
    }

    private static string? Type(JsonElement schema) => Of(schema, "type") switch
    {
        { ValueKind: JsonValueKind.String } one => one.GetString(),
        { ValueKind: JsonValueKind.Array } several => several.EnumerateArray().FirstOrDefault().GetString(),
        _ when Of(schema, "properties") is not null || Of(schema, "allOf") is not null => "object",
        _ when Of(schema, "items") is not null => "array",
        _ => "string",
    };

    private JsonElement Find(string reference)
    {
        var found = root;
        foreach (var step in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (Of(found, name) is not { } next) return default;
            found = next;
        }

        return found;
    }

    private static JsonElement? Of(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : null;
}
