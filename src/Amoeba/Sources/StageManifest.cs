using System.Text;
using System.Text.Json;
using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>What was counted and hashed of one entry of the plan; kept with the job.</summary>
/// <param name="Id">The task's id in the plan.</param>
/// <param name="Count">Its items; 1 for a task without `each`, 0 where they flow from another task.</param>
/// <param name="Hash">
/// SHA-256 in hex of its items' canonical JSON, a line each; of the definition for a range or a matrix.
/// </param>
/// <param name="Stored">The items are in the spool's files; otherwise they are computed from the plan.</param>
/// <param name="First">Number of its first item within the files.</param>
/// <param name="Flows">Its items are what another task's results yield, and come one after the other.</param>
internal sealed record StageManifest(string Id, long Count, string Hash, bool Stored, long First, bool Flows = false)
{
    /// <summary>Ordinals that are kept for it: as many as it has items, or may come to have.</summary>
    public int Space => Flows ? (int)EachBinder.MaxItems : (int)Count;

    // By hand: the serializer's metadata costs a short `run` more than all it writes here.
    public static string ToJson(IReadOnlyList<StageManifest> stages)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (var stage in stages)
            {
                json.WriteStartObject();
                json.WriteString("id", stage.Id);
                json.WriteNumber("count", stage.Count);
                json.WriteString("hash", stage.Hash);
                json.WriteBoolean("stored", stage.Stored);
                json.WriteNumber("first", stage.First);
                if (stage.Flows) json.WriteBoolean("flows", true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    public static IReadOnlyList<StageManifest> FromJson(string json)
    {
        using var document = JsonDocument.Parse(json);
        var stages = new List<StageManifest>(document.RootElement.GetArrayLength());
        foreach (var stage in document.RootElement.EnumerateArray())
        {
            stages.Add(new StageManifest(
                stage.GetProperty("id").GetString()!,
                stage.GetProperty("count").GetInt64(),
                stage.GetProperty("hash").GetString()!,
                stage.GetProperty("stored").GetBoolean(),
                stage.GetProperty("first").GetInt64(),
                stage.TryGetProperty("flows", out var flows) && flows.GetBoolean()));
        }

        return stages;
    }
}
