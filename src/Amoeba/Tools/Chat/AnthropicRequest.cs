using System.Buffers;
using System.Text.Json;
using Amoeba.Plans;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>Anthropic's messages: what is sent.</summary>
internal static class AnthropicRequest
{
    /// <summary>Of the interface, as its header says it.</summary>
    public const string Version = "2023-06-01";

    /// <summary>The interface wants a figure in every call.</summary>
    public const int UsualMost = 4096;

    /// <summary>The tool that a schema is asked through.</summary>
    public const string AnswerTool = "answer";

    public static ReadOnlyMemory<byte> Write(
        ChatConnection connection, IEnumerable<ChatMessage> messages, ChatOptions? options, bool stream)
    {
        var all = messages.ToList();
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, CanonicalJson.Options);
        writer.WriteStartObject();
        writer.WriteString("model", options?.ModelId ?? connection.Model.Model);
        writer.WriteNumber("max_tokens", options?.MaxOutputTokens ?? UsualMost);
        var system =
            string.Join("\n\n", all.Where(message => message.Role == ChatRole.System).Select(message => message.Text)
            .Prepend(options?.Instructions).Where(text => !string.IsNullOrEmpty(text)));
        if (system.Length > 0) writer.WriteString("system", system);
        writer.WriteStartArray("messages");
        foreach (var message in all.Where(message => message.Role != ChatRole.System)) WriteMessage(writer, message);
        writer.WriteEndArray();
        if (stream) writer.WriteBoolean("stream", true);
        // It has no seed.
        if (options?.Temperature is { } temperature)
            writer.WriteNumber("temperature", Math.Min((decimal)temperature, 1));
        if (options?.TopP is { } top) writer.WriteNumber("top_p", (decimal)top);
        if (options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema }) WriteSchema(writer, schema);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteSchema(Utf8JsonWriter writer, JsonElement schema)
    {
        writer.WriteStartArray("tools");
        writer.WriteStartObject();
        writer.WriteString("name", AnswerTool);
        writer.WriteString("description", "Gives the answer.");
        writer.WritePropertyName("input_schema");
        schema.WriteTo(writer);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteStartObject("tool_choice");
        writer.WriteString("type", "tool");
        writer.WriteString("name", AnswerTool);
        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, ChatMessage message)
    {
        writer.WriteStartObject();
        writer.WriteString("role", message.Role.Value);
        writer.WriteStartArray("content");
        foreach (var content in message.Contents) WriteContent(writer, content);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter writer, AIContent content)
    {
        writer.WriteStartObject();
        switch (content)
        {
            case TextContent text:
                writer.WriteString("type", "text");
                writer.WriteString("text", text.Text);
                break;
            case DataContent data when data.HasTopLevelMediaType("image"):
                writer.WriteString("type", "image");
                writer.WriteStartObject("source");
                writer.WriteString("type", "base64");
                writer.WriteString("media_type", data.MediaType);
                writer.WriteBase64String("data", data.Data.Span);
                writer.WriteEndObject();
                break;
            case UriContent link when link.HasTopLevelMediaType("image"):
                writer.WriteString("type", "image");
                writer.WriteStartObject("source");
                writer.WriteString("type", "url");
                writer.WriteString("url", link.Uri.AbsoluteUri);
                writer.WriteEndObject();
                break;
            default:
                throw new NotSupportedException($"{content.GetType().Name} cannot be sent to Anthropic.");
        }

        writer.WriteEndObject();
    }
}
