using System.Text;
using System.Text.Json;
using Amoeba.Engine.Records;

namespace Amoeba.Stores.Sqlite;

/// <summary>A task's earlier attempts, to and from the text of their column. Most tasks have none.</summary>
internal static class EarlierText
{
    public static string? Write(IReadOnlyList<EarlierAttempt> attempts)
    {
        if (attempts.Count == 0)
            return null;
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            foreach (var attempt in attempts)
                Write(json, attempt);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    public static IReadOnlyList<EarlierAttempt> Read(string? text)
    {
        if (text is null)
            return [];
        using var document = JsonDocument.Parse(text);
        return [.. document.RootElement.EnumerateArray().Select(Read)];
    }

    private static void Write(Utf8JsonWriter json, EarlierAttempt attempt)
    {
        json.WriteStartObject();
        json.WriteNumber("attempt", attempt.Attempt);
        json.WriteString("child", attempt.Child);
        json.WriteString("error", attempt.Error);
        if (attempt.Figures is { } cost)
            Write(json, cost);
        json.WriteEndObject();
    }

    private static EarlierAttempt Read(JsonElement json) => new(
        json.GetProperty("attempt").GetInt32(),
        json.GetProperty("child").GetString(), json.GetProperty("error").GetString(),
        json.TryGetProperty("figures", out var figures) ? Figures(figures) : null);

    private static void Write(Utf8JsonWriter json, AttemptFigures cost)
    {
        json.WriteStartArray("figures");
        Write(json, cost.Spawn);
        Write(json, cost.Execution);
        Write(json, cost.Teardown);
        Write(json, cost.PeakMemory);
        Write(json, cost.CpuSeconds);
        Write(json, cost.OutputBytes);
        Write(json, cost.Tokens.Input);
        Write(json, cost.Tokens.Output);
        Write(json, cost.Tokens.Cached);
        Write(json, cost.Tokens.Reasoning);
        json.WriteNumberValue(cost.CostUsd);
        json.WriteStringValue(cost.Tool);
        json.WriteStringValue(cost.Note);
        json.WriteEndArray();
    }

    private static AttemptFigures Figures(JsonElement json) => new()
    {
        Spawn = json[0].GetDouble(),
        Execution = json[1].GetDouble(),
        Teardown = json[2].GetDouble(),
        PeakMemory = (long?)Number(json[3]),
        CpuSeconds = Number(json[4]),
        OutputBytes = (long)json[5].GetDouble(),
        Tokens = new TokenCounts(Count(json[6]), Count(json[7]), Count(json[8]), Count(json[9])),
        CostUsd = json[10].GetDecimal(),
        Tool = json[11].GetString(),
        Note = json[12].GetString(),
    };

    private static long Count(JsonElement json) => (long)json.GetDouble();

    private static double? Number(JsonElement json) => json.ValueKind == JsonValueKind.Null ? null : json.GetDouble();

    private static void Write(Utf8JsonWriter json, double? value)
    {
        if (value is { } number)
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }
}
