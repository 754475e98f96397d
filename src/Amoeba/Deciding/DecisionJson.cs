using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amoeba.Deciding;

/// <summary>A decision as it is stored with its job: snake_case, with its input but for seconds task by task.</summary>
internal static class DecisionJson
{
    public static string Write(Decision decision) =>
        JsonSerializer.Serialize(decision, DecisionJsonContext.Default.Decision);

    /// <exception cref="JsonException">It is not what <see cref="Write"/> wrote.</exception>
    public static Decision Read(string json) =>
        JsonSerializer.Deserialize(json, DecisionJsonContext.Default.Decision)
            ?? throw new JsonException("a decision cannot be null");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Decision))]
internal sealed partial class DecisionJsonContext : JsonSerializerContext;
