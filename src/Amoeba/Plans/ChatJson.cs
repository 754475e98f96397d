using System.Text.Json;

namespace Amoeba.Plans;

/// <summary>The part of <see cref="PlanJson"/> that writes `chat`.</summary>
internal static class ChatJson
{
    /// <summary>A merge's: with what stands beside it.</summary>
    public static void WriteMerge(Utf8JsonWriter writer, ChatMergeSpec merge)
    {
        Write(writer, merge.Chat, withFiles: false);
        PlanJson.Number(writer, "context", merge.Context);
    }

    public static void Write(Utf8JsonWriter writer, ChatSpec chat, bool withFiles = true)
    {
        writer.WriteStartObject("chat");
        writer.WriteString("model", chat.Model.Source);
        writer.WriteString("prompt", chat.Prompt.Source);
        writer.WriteString("system", chat.System?.Source);
        PlanJson.Number(writer, "temperature", (decimal?)chat.Temperature);
        PlanJson.Number(writer, "seed", chat.Seed);
        PlanJson.Number(writer, "max_tokens", chat.MaxTokens);
        if (withFiles)
        {
            WriteFiles(writer, "images", chat.Images);
            WriteFiles(writer, "audio", chat.Audio);
        }

        if (chat.Schema is { } schema)
        {
            writer.WritePropertyName("schema");
            writer.WriteRawValue(schema.Json, skipInputValidation: true);
        }
        else
        {
            writer.WriteString("schema", chat.SchemaFile);
        }

        writer.WriteEndObject();
    }

    private static void WriteFiles(Utf8JsonWriter writer, string name, IReadOnlyList<Template> files)
    {
        writer.WriteStartArray(name);
        foreach (var file in files) writer.WriteStringValue(file.Source);
        writer.WriteEndArray();
    }
}
