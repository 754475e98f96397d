using System.Text.Json;
using Amoeba.Deciding;

namespace Amoeba.Hosting.Running;

/// <summary>What a request asked beside its plan, as it is stored with the job.</summary>
internal static class JobOptions
{
    private const string Autonomy = "autonomy";

    public static string Write(AutonomyLevel level) => $$"""{"{{Autonomy}}":"{{ApprovalNames.Of(level)}}"}""";

    public static AutonomyLevel LevelOf(string json)
    {
        using var options = JsonDocument.Parse(json);
        return options.RootElement.TryGetProperty(Autonomy, out var word) && word.GetString() is { } text
            ? ApprovalNames.Level(text) ?? AutonomyLevel.Rules
            : AutonomyLevel.Rules;
    }
}
