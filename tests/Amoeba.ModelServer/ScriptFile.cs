using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amoeba.StandIn;

/// <summary>A script as JSON: the properties' names in snake_case; comments and trailing commas are allowed.</summary>
public static class ScriptFile
{
    // By reflection: generated readers forget the defaults of properties that are only set at creation.
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
    };

    /// <exception cref="FormatException">The text is no script; the message says where.</exception>
    public static Script Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Script>(json, Json) ?? throw new FormatException("The script is null; it has to be an object.");
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException)
        {
            throw new FormatException("The script cannot be read: " + wrong.Message, wrong);
        }
    }
}
