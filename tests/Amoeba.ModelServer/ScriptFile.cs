using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

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
        // What was seen is read by people: quotes within bodies stay as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="FormatException">The text is no script; the message says where.</exception>
    public static Script Parse(string json)
    {
        try
        {
            var script = JsonSerializer.Deserialize<Script>(json, Json)
                ?? throw new JsonException("it is null and has to be an object.");
            for (var i = 0; i < script.Answers.Count; i++)
            {
                Check($"answers[{i}].when", script.Answers[i].When);
                Check($"answers[{i}].model", script.Answers[i].Model);
            }

            for (var i = 0; i < script.Faults.Count; i++)
            {
                Check($"faults[{i}].when", script.Faults[i].When);
                Check($"faults[{i}].model", script.Faults[i].Model);
                Check($"faults[{i}].path", script.Faults[i].Path);
            }

            return script;
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException)
        {
            throw new FormatException("The script cannot be read: " + wrong.Message, wrong);
        }
    }

    private static void Check(string where, string? pattern)
    {
        if (pattern is null) return;
        try
        {
            _ = new Regex(pattern);
        }
        catch (RegexParseException wrong)
        {
            throw new JsonException($"{where}: {wrong.Message}", wrong);
        }
    }
}
