using System.Text.Json;

namespace Amoeba.Cells.Detached;

/// <summary>How a detached attempt stands, for people and other programs: nothing of Amoeba reads it.</summary>
/// <param name="Status">`running`, or how it ended: `succeeded`, `failed`, `stopped`.</param>
/// <param name="CurrentTask">The task's id, such as `JOB/each/3`.</param>
/// <param name="Progress">Bytes of output so far.</param>
/// <param name="LastUpdate">When it was written.</param>
/// <param name="ExitCode">As a shell tells it: 0 where the task succeeded, its program's own or 1 where it did
/// not; null while it runs.</param>
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
            json.WriteNumber("version", DetachedFormat.Version);
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
}
