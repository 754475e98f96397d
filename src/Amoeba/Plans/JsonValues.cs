using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Amoeba.Plans;

/// <summary>JSON values by what they mean: 1 is 1.0, and the order of an object's members says nothing.</summary>
internal static class JsonValues
{
    public static bool Same(JsonElement value, string json)
    {
        using var other = JsonDocument.Parse(json);
        return Canonical(value) == Canonical(other.RootElement);
    }

    public static string Canonical(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    text.Append(CanonicalJson.Quote(member.Name)).Append(':');
                    Write(member.Value, text);
                    text.Append(',');
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var member in value.EnumerateArray())
                {
                    Write(member, text);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case JsonValueKind.String: text.Append(CanonicalJson.Quote(value.GetString()!)); break;
            case JsonValueKind.Number when value.TryGetDecimal(out var exact):
                // Without the zeros at its end, so that 1.0 and 1 are one number.
                text.Append((exact / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture));
                break;
            case JsonValueKind.Number:
                text.Append(value.GetDouble().ToString("R", CultureInfo.InvariantCulture)); break;
            default: text.Append(value.GetRawText()); break;
        }
    }
}
