using System.Globalization;
using System.Text.Json;

namespace Amoeba.Plans;

/// <summary>Holds one answer against its schema.</summary>
internal sealed class SchemaCheck(AnswerSchema schema)
{
    private const int Told = 8;
    private const int Deepest = 256;

    private readonly List<string> _found = [];

    public IReadOnlyList<string> Run(JsonElement answer)
    {
        Check(answer, schema.Root, "$", 0);
        return _found;
    }

    private void Check(JsonElement value, SchemaRule rule, string path, int depth)
    {
        if (_found.Count >= Told) return;
        if (depth > Deepest)
        {
            Say(path, "is nested too deeply");
            return;
        }

        if (rule.Ref is { } name) Check(value, schema.Defs[name], path, depth + 1);
        if (rule.Types is { } types && !types.Any(type => Is(value, type)))
        {
            Say(path, $"expected {string.Join(" or ", types)}, found {Words(value)}");
            return;
        }

        if (rule.Values is { } values && !values.Any(allowed => JsonValues.Same(value, allowed)))
            Say(path, $"expected one of: {string.Join(", ", values)}; found {Words(value)}");
        switch (value.ValueKind)
        {
            case JsonValueKind.Object: CheckObject(value, rule, path, depth); break;
            case JsonValueKind.Array: CheckArray(value, rule, path, depth); break;
            case JsonValueKind.String: CheckText(value.GetString()!, rule, path); break;
            case JsonValueKind.Number: CheckNumber(value, rule, path); break;
        }

        CheckChoices(value, rule, path, depth);
    }

    private void CheckObject(JsonElement value, SchemaRule rule, string path, int depth)
    {
        foreach (var name in rule.Required)
        {
            if (!value.TryGetProperty(name, out _)) Say(path, $"lacks {name}");
        }

        foreach (var member in value.EnumerateObject())
        {
            var at = $"{path}.{member.Name}";
            if (rule.Properties?.TryGetValue(member.Name, out var own) == true) Check(member.Value, own, at, depth + 1);
            else if (ReferenceEquals(rule.Others, SchemaRule.Nothing)) Say(at, "is not in the schema");
            else if (rule.Others is { } others) Check(member.Value, others, at, depth + 1);
        }
    }

    private void CheckArray(JsonElement value, SchemaRule rule, string path, int depth)
    {
        var count = value.GetArrayLength();
        if (count < rule.MinItems) Say(path, $"expected at least {rule.MinItems} members, found {count}");
        if (count > rule.MaxItems) Say(path, $"expected at most {rule.MaxItems} members, found {count}");
        if (rule.UniqueItems)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in value.EnumerateArray())
            {
                if (seen.Add(JsonValues.Canonical(member))) continue;
                Say(path, "has a member twice");
                break;
            }
        }

        if (rule.Items is not { } items) return;
        var index = 0;
        foreach (var member in value.EnumerateArray()) Check(member, items, $"{path}[{index++}]", depth + 1);
    }

    private void CheckText(string text, SchemaRule rule, string path)
    {
        if (rule.MinLength is not null || rule.MaxLength is not null)
        {
            var length = text.EnumerateRunes().Count();
            if (length < rule.MinLength) Say(path, $"expected at least {rule.MinLength} characters, found {length}");
            if (length > rule.MaxLength) Say(path, $"expected at most {rule.MaxLength} characters, found {length}");
        }

        if (rule.Pattern is { } pattern && !pattern.IsMatch(text)) Say(path, $"does not match {pattern}");
    }

    private void CheckNumber(JsonElement value, SchemaRule rule, string path)
    {
        var number = value.GetDouble();
        if (number < rule.Minimum) Say(path, Line($"expected at least {rule.Minimum}, found {number}"));
        if (number > rule.Maximum) Say(path, Line($"expected at most {rule.Maximum}, found {number}"));
        if (number <= rule.Above) Say(path, Line($"expected more than {rule.Above}, found {number}"));
        if (number >= rule.Below) Say(path, Line($"expected less than {rule.Below}, found {number}"));
        if (rule.MultipleOf is { } step && Math.Abs(Math.IEEERemainder(number, step)) > step * 1e-9)
            Say(path, Line($"expected a multiple of {step}, found {number}"));
    }

    private void CheckChoices(JsonElement value, SchemaRule rule, string path, int depth)
    {
        foreach (var all in rule.AllOf ?? []) Check(value, all, path, depth + 1);
        if (rule.AnyOf is { } any && !any.Any(choice => Fits(value, choice, depth)))
            Say(path, any.Count == 0 ? "may not be there" : "fits none of anyOf");
        if (rule.OneOf is { } one && one.Count(choice => Fits(value, choice, depth)) is not 1 and var fits)
            Say(path, $"expected exactly one of oneOf to fit, found {fits}");
    }

    private bool Fits(JsonElement value, SchemaRule rule, int depth)
    {
        var alone = new SchemaCheck(schema);
        alone.Check(value, rule, "$", depth + 1);
        return alone._found.Count == 0;
    }

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && Math.Floor(value.GetDouble()) == value.GetDouble(),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static string Words(JsonElement value)
    {
        var text = value.GetRawText();
        return value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => text.Length > 60 ? text[..60] + "..." : text,
        };
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Say(string path, string what)
    {
        if (_found.Count < Told) _found.Add($"{path}: {what}");
    }
}
