using System.Text.Json;

namespace Amoeba.Cells.Detached;

/// <summary>How a detached attempt stands, for people and other programs; nothing is decided by it.</summary>
/// <param name="Status">`running`, or how it ended: `succeeded`, `failed`, `stopped`.</param>
/// <param name="CurrentTask">The task's id, such as `JOB/each/3`.</param>
/// <param name="Progress">Bytes of output so far.</param>
/// <param name="LastUpdate">When it was written.</param>
/// <param name="ExitCode">Of its worker; null while it runs.</param>
internal sealed record DetachedStatus(
    string Status, string CurrentTask, long Progress, DateTimeOffset LastUpdate, int? ExitCode)
{
    public int? Pid { get; init; }

    public string? Error { get; init; }

    public void Write(DetachedFolder folder)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("status", Status);
            json.WriteString("current_task", CurrentTask);
            json.WriteNumber("progress", Progress);
            json.WriteString("last_update", LastUpdate);
            if (ExitCode is { } code) json.WriteNumber("exit_code", code);
            else json.WriteNull("exit_code");
            if (Pid is { } pid) json.WriteNumber("pid", pid);
            if (Error is { } error) json.WriteString("error", error);
            json.WriteEndObject();
        }

        DetachedFolder.WriteWhole(folder.Status, text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    /// <summary>Null where there is none, or what is there is none.</summary>
    public static DetachedStatus? Read(DetachedFolder folder)
    {
        try
        {
            if (DetachedFolder.Read(folder.Status) is not { } bytes) return null;
            using var json = JsonDocument.Parse(bytes);
            var of = json.RootElement;
            return new DetachedStatus(
                of.GetProperty("status").GetString()!,
                of.GetProperty("current_task").GetString()!,
                of.GetProperty("progress").GetInt64(),
                of.GetProperty("last_update").GetDateTimeOffset(),
                of.GetProperty("exit_code") is { ValueKind: JsonValueKind.Number } code ? code.GetInt32() : null)
            {
                Pid = of.TryGetProperty("pid", out var pid) ? pid.GetInt32() : null,
                Error = of.TryGetProperty("error", out var error) ? error.GetString() : null,
            };
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
