using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amoeba.StandIn;

internal sealed class DelayJson : JsonConverter<Delay>
{
    public override Delay Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number) return Delay.Fixed(reader.GetDouble());
        using var document = JsonDocument.ParseValue(ref reader);
        var said = document.RootElement;
        if (said.ValueKind == JsonValueKind.Object)
        {
            if (Number(said, "from") is { } from && Number(said, "to") is { } to) return Delay.Uniform(from, to);
            if (Number(said, "median") is { } median && Number(said, "sigma") is { } sigma)
                return Delay.LogNormal(median, sigma, Number(said, "most") ?? 60);
        }

        throw new JsonException(
            $"A time is a number of seconds, {{\"from\", \"to\"}} or {{\"median\", \"sigma\"}}, "
                + $"not {said.GetRawText()}.");
    }

    public override void Write(Utf8JsonWriter writer, Delay value, JsonSerializerOptions options)
    {
        if (value.Sigma == 0 && value.From == value.To)
        {
            writer.WriteNumberValue(value.From);
            return;
        }

        writer.WriteStartObject();
        writer.WriteNumber(value.Sigma > 0 ? "median" : "from", value.From);
        if (value.Sigma > 0) writer.WriteNumber("sigma", value.Sigma);
        writer.WriteNumber(value.Sigma > 0 ? "most" : "to", value.To);
        writer.WriteEndObject();
    }

    private static double? Number(JsonElement said, string name) =>
        said.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
