using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amoeba.Sources;

/// <summary>What was counted and hashed of one entry of the plan; kept with the job.</summary>
/// <param name="Id">The task's id in the plan.</param>
/// <param name="Count">Its items; 1 for a task without `each`.</param>
/// <param name="Hash">
/// SHA-256 in hex of its items' canonical JSON, a line each; of the definition for a range or a matrix.
/// </param>
/// <param name="Stored">The items are in the spool's files; otherwise they are computed from the plan.</param>
/// <param name="First">Number of its first item within the files.</param>
internal sealed record StageManifest(string Id, long Count, string Hash, bool Stored, long First)
{
    public static string ToJson(IReadOnlyList<StageManifest> stages) =>
        JsonSerializer.Serialize(stages, StageManifestJson.Default.IReadOnlyListStageManifest);

    public static IReadOnlyList<StageManifest> FromJson(string json) =>
        JsonSerializer.Deserialize(json, StageManifestJson.Default.IReadOnlyListStageManifest) ?? [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<StageManifest>))]
internal sealed partial class StageManifestJson : JsonSerializerContext;
