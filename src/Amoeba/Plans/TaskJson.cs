using System.Text.Json;
using Amoeba.Jobs;

namespace Amoeba.Plans;

/// <summary>The part of <see cref="PlanJson"/> that writes one task.</summary>
internal static class TaskJson
{
    public static void Write(Utf8JsonWriter writer, TaskSpec task, bool withItems)
    {
        writer.WriteStartObject();
        writer.WriteString("id", task.Id);
        writer.WriteString("description", task.Description);
        writer.WriteStartArray("needs");
        foreach (var need in task.Needs) writer.WriteStringValue(need);
        writer.WriteEndArray();
        if (task.Each is { } each)
        {
            WriteEach(writer, each, withItems);
            writer.WriteNumber("batch", task.Batch);
            if (task.Group is { } group) writer.WriteString("group", group.Source);
        }

        writer.WriteStartArray("do");
        foreach (var tool in task.Do) WriteTool(writer, tool);
        writer.WriteEndArray();
        writer.WriteString("type", task.Type);
        writer.WriteString("skill", task.Skill);
        writer.WriteString("priority", Names.Of(task.Priority));
        writer.WriteString("deadline", task.Deadline?.ToString("O", PlanUnits.Culture));
        WriteLimits(writer, task.Limits);
        writer.WritePropertyName("verify");
        if (task.Verify is { } verify) WriteTool(writer, verify);
        else writer.WriteNullValue();
        writer.WriteStartObject("estimate");
        WriteFigure(writer, "seconds", task.Estimate.Seconds);
        WriteFigure(writer, "memory", task.Estimate.Memory);
        WriteFigure(writer, "tokens", task.Estimate.Tokens);
        writer.WriteEndObject();
        WriteEnv(writer, task.Env);
        writer.WriteString("affinity", task.Affinity);
        writer.WriteString("ref", task.Ref);
        writer.WriteBoolean("idempotent", task.Idempotent);
        writer.WriteEndObject();
    }

    public static void WriteRun(Utf8JsonWriter writer, RunSpec run)
    {
        writer.WriteStartArray("run");
        foreach (var argument in run.Arguments) writer.WriteStringValue(argument.Source);
        writer.WriteEndArray();
    }

    public static void WriteEnv(Utf8JsonWriter writer, IReadOnlyDictionary<string, Template> env)
    {
        writer.WriteStartObject("env");
        foreach (var name in env.Keys.Order(StringComparer.Ordinal)) writer.WriteString(name, env[name].Source);
        writer.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter writer, ToolSpec tool)
    {
        writer.WriteStartObject();
        switch (tool)
        {
            case RunSpec run: WriteRun(writer, run); break;
            case ShSpec sh: writer.WriteString("sh", sh.Text); break;
            case WaitSpec wait: WriteFigure(writer, "wait", wait.Seconds); break;
            case FetchSpec fetch: WriteFetch(writer, fetch); break;
            case ChatSpec chat: ChatJson.Write(writer, chat); break;
            case DelegateSpec own: writer.WriteString("delegate", own.Name); break;
            default: throw new InvalidOperationException($"No way to write the tool {tool.Tool}.");
        }

        writer.WriteEndObject();
    }

    private static void WriteFetch(Utf8JsonWriter writer, FetchSpec fetch)
    {
        writer.WriteStartObject("fetch");
        writer.WriteString("url", fetch.Url.Source);
        writer.WriteStartObject("headers");
        foreach (var (name, value) in fetch.Headers.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase))
            writer.WriteString(name, value.Source);
        writer.WriteEndObject();
        writer.WriteBoolean("feed", fetch.Feed);
        PlanJson.Number(writer, "max_size", fetch.MaxSize);
        writer.WriteNumber("redirects", fetch.Redirects);
        writer.WriteString("cache", fetch.Cache ? "on" : "off");
        writer.WriteBoolean("private", fetch.Private);
        writer.WriteEndObject();
    }

    private static void WriteFigure(Utf8JsonWriter writer, string name, Figure? figure)
    {
        if (figure is not { } given) writer.WriteNull(name);
        else if (given.Template is { } template) writer.WriteString(name, template.Source);
        else WriteNumber(writer, name, given.Value);
    }

    /// <summary>Never with an exponent, which times and sizes do not have.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, string name, double value)
    {
        writer.WritePropertyName(name);
        if (value == Math.Floor(value)) writer.WriteRawValue(value.ToString("F0", PlanUnits.Culture));
        else writer.WriteNumberValue((decimal)value);
    }

    public static void WriteLimits(Utf8JsonWriter writer, LimitSpec limits)
    {
        writer.WriteStartObject("limits");
        writer.WriteNumber("memory", limits.Memory);
        if (limits.Cpu is { } cpu) writer.WriteNumber("cpu", cpu);
        else writer.WriteNull("cpu");
        PlanJson.Seconds(writer, "timeout", limits.Timeout);
        PlanJson.Seconds(writer, "stall", limits.Stall);
        writer.WriteNumber("output", limits.Output);
        writer.WriteNumber("processes", limits.Processes);
        writer.WriteNumber("files", limits.Files);
        writer.WriteNumber("retries", limits.Retries);
        PlanJson.Number(writer, "tokens", limits.Tokens);
        writer.WriteEndObject();
    }

    private static void WriteEach(Utf8JsonWriter writer, EachSpec each, bool withItems)
    {
        writer.WriteStartObject("each");
        switch (each)
        {
            case ItemsEach items when withItems:
                writer.WriteStartArray("items");
                foreach (var item in items.Items) writer.WriteRawValue(item.Json, skipInputValidation: true);
                writer.WriteEndArray();
                break;
            case FileEach file: writer.WriteString("file", file.Path); break;
            case GlobEach glob: WriteTexts(writer, "glob", glob.Patterns); break;
            case RangeEach range: writer.WriteString("range", $"{range.First}..{range.Last}..{range.Step}"); break;
            case CommandEach command: WriteTexts(writer, "command", command.Arguments); break;
            case MatrixEach matrix:
                writer.WriteStartObject("matrix");
                foreach (var (name, values) in matrix.Axes) WriteTexts(writer, name, values);
                writer.WriteEndObject();
                break;
            case FromEach from:
                writer.WriteString("from", from.Task);
                writer.WriteString("split", PlanNames.Of(from.Split));
                break;
            default: writer.WriteBoolean("spooled", true); break;
        }

        writer.WriteString("as", each.As);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
