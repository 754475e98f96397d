using System.Buffers;
using System.Text.Json;
using Amoeba.Plans;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>Chat completions: what is sent.</summary>
internal static class OpenAiRequest
{
    /// <summary>The vendor's own host, which has newer names for some things.</summary>
    private const string Vendor = "api.openai.com";

    public static ReadOnlyMemory<byte> Write(
        ChatConnection connection, IEnumerable<ChatMessage> messages, ChatOptions? options, bool stream)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, CanonicalJson.Options);
        writer.WriteStartObject();
        writer.WriteString("model", options?.ModelId ?? connection.Model.Model);
        writer.WriteStartArray("messages");
        if (options?.Instructions is { } instructions) WriteText(writer, "system", instructions);
        foreach (var message in messages) WriteMessage(writer, message);
        writer.WriteEndArray();
        if (stream)
        {
            writer.WriteBoolean("stream", true);
            writer.WriteStartObject("stream_options");
            writer.WriteBoolean("include_usage", true);
            writer.WriteEndObject();
        }

        if (options is not null) WriteOptions(writer, options, connection.Model.Entry.Url!.Host == Vendor);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteOptions(Utf8JsonWriter writer, ChatOptions options, bool vendor)
    {
        if (options.Temperature is { } temperature) writer.WriteNumber("temperature", (decimal)temperature);
        if (options.TopP is { } top) writer.WriteNumber("top_p", (decimal)top);
        if (options.Seed is { } seed) writer.WriteNumber("seed", seed);
        // The vendor's thinking models refuse the old name; most other servers know only that.
        if (options.MaxOutputTokens is { } most)
            writer.WriteNumber(vendor ? "max_completion_tokens" : "max_tokens", most);
        if (options.StopSequences is { Count: > 0 } stops)
        {
            writer.WriteStartArray("stop");
            foreach (var stop in stops) writer.WriteStringValue(stop);
            writer.WriteEndArray();
        }

        if (options.ResponseFormat is not ChatResponseFormatJson json) return;
        writer.WriteStartObject("response_format");
        writer.WriteString("type", json.Schema is null ? "json_object" : "json_schema");
        if (json.Schema is { } schema)
        {
            writer.WriteStartObject("json_schema");
            writer.WriteString("name", json.SchemaName ?? "answer");
            writer.WriteBoolean("strict", options.AdditionalProperties?.ContainsKey(ChatMessages.Strict) == true);
            writer.WritePropertyName("schema");
            schema.WriteTo(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, ChatMessage message)
    {
        if (message.Contents.All(content => content is TextContent))
        {
            WriteText(writer, message.Role.Value, message.Text);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("role", message.Role.Value);
        writer.WriteStartArray("content");
        foreach (var content in message.Contents) WriteContent(writer, content);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string role, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WriteString("content", text);
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
            case DataContent data when data.HasTopLevelMediaType("audio"):
                writer.WriteString("type", "input_audio");
                writer.WriteStartObject("input_audio");
                writer.WriteBase64String("data", data.Data.Span);
                writer.WriteString("format", data.MediaType == MediaKind.Wav ? "wav" : "mp3");
                writer.WriteEndObject();
                break;
            case DataContent data:
                WriteImage(writer, data.Uri);
                break;
            case UriContent link:
                WriteImage(writer, link.Uri.AbsoluteUri);
                break;
            default:
                throw new NotSupportedException($"{content.GetType().Name} cannot be sent to a chat completion.");
        }

        writer.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter writer, string url)
    {
        writer.WriteString("type", "image_url");
        writer.WriteStartObject("image_url");
        writer.WriteString("url", url);
        writer.WriteEndObject();
    }
}
