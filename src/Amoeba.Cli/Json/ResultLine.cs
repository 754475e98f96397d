using System.Text.Json;
using Amoeba.Cli.Commands;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Cli.Json;

/// <summary>
/// A task as `results --jsonl` prints it; written by hand, because there may be a million and items are any JSON.
/// </summary>
internal static class ResultLine
{
    public static void Write(Utf8JsonWriter writer, JobReader reader, JobView job, TaskView task)
    {
        var (text, file) = Output(reader, job, task);
        writer.WriteStartObject();
        writer.WriteString("task", task.Stage.Id);
        writer.WriteNumber("index", task.Index);
        writer.WritePropertyName("item");
        WriteItem(writer, task);
        writer.WriteString("state", Names.Of(task.State));
        writer.WriteNumber("attempts", task.Attempt);
        WriteNumber(writer, "seconds", task.Seconds);
        writer.WriteString("child", task.Child);
        writer.WriteString("output", text);
        writer.WriteString("error", task.Error);
        writer.WriteString("output_file", file);
        if (task.Figures?.Reused is { } earlier) writer.WriteString("reused", earlier);
        if (task.Figures is { } used && (used.Tokens != default || used.CostUsd > 0))
        {
            WriteTokens(writer, used.Tokens);
            writer.WriteNumber("cost_usd", used.CostUsd);
        }

        if (task.Figures is { } figures) WriteFigures(writer, figures);
        if (task.Earlier.Count > 0) WriteEarlier(writer, task.Earlier);
        writer.WriteEndObject();
    }

    private static (string? Text, string? File) Output(JobReader reader, JobView job, TaskView task) =>
        task.State is TaskState.Succeeded or TaskState.Failed || task.Output.Place != OutputPlace.None
            ? JobFormat.Text(reader, job, task.Ordinal, task.Output)
            : (null, null);

    private static void WriteItem(Utf8JsonWriter writer, TaskView task)
    {
        if (task.Items.Count == 0) writer.WriteNullValue();
        else if (task.Stage.Batch == 1) WriteItem(writer, task.Items[0]);
        else
        {
            writer.WriteStartArray();
            foreach (var item in task.Items) WriteItem(writer, item);
            writer.WriteEndArray();
        }
    }

    private static void WriteItem(Utf8JsonWriter writer, Item item)
    {
        if (item is TextItem text) writer.WriteStringValue(text.Value);
        else writer.WriteRawValue(item.Json, skipInputValidation: true);
    }

    private static void WriteEarlier(Utf8JsonWriter writer, IReadOnlyList<EarlierAttempt> attempts)
    {
        writer.WriteStartArray("earlier");
        foreach (var attempt in attempts)
        {
            writer.WriteStartObject();
            writer.WriteNumber("attempt", attempt.Attempt);
            writer.WriteString("child", attempt.Child);
            writer.WriteString("error", attempt.Error);
            if (attempt.Figures is { } figures) WriteFigures(writer, figures);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteFigures(Utf8JsonWriter writer, AttemptFigures figures)
    {
        writer.WriteStartObject("figures");
        WriteNumber(writer, "spawn_seconds", figures.Spawn);
        WriteNumber(writer, "execution_seconds", figures.Execution);
        WriteNumber(writer, "teardown_seconds", figures.Teardown);
        if (figures.PeakMemory is { } memory) writer.WriteNumber("peak_memory_bytes", memory);
        else writer.WriteNull("peak_memory_bytes");
        WriteNumber(writer, "cpu_seconds", figures.CpuSeconds);
        writer.WriteNumber("output_bytes", figures.OutputBytes);
        writer.WriteString("tool", figures.Tool);
        writer.WriteString("note", figures.Note);
        writer.WriteEndObject();
    }

    private static void WriteTokens(Utf8JsonWriter writer, TokenCounts tokens)
    {
        writer.WriteStartObject("tokens");
        writer.WriteNumber("input", tokens.Input);
        writer.WriteNumber("output", tokens.Output);
        writer.WriteNumber("cached", tokens.Cached);
        writer.WriteNumber("reasoning", tokens.Reasoning);
        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number) writer.WriteNumber(name, JobFormat.Rounded(number));
        else writer.WriteNull(name);
    }
}
