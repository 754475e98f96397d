using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Amoeba.Plans;

/// <summary>
/// JSON with one way to write each value: no blanks, numbers as they came, only what must be escaped escaped.
/// </summary>
internal static class CanonicalJson
{
    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private static readonly JsonReaderOptions Reading = new() { MaxDepth = NodeReader.MaxDepth * 2 };

    /// <summary>What of ASCII this class writes as it is; other text takes the longer way.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static string Quote(string text) => text.AsSpan().ContainsAnyExcept(Plain)
        ? $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\""
        : $"\"{text}\"";

    /// <summary>Whether a scalar that was written in a plan stands as a number in JSON as well.</summary>
    public static bool IsNumber(string text)
    {
        if (text.Length == 0 || !(char.IsAsciiDigit(text[0]) || text[0] == '-')) return false;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public static Item ReadItem(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8, Reading);
            reader.Read();
            Item item = reader.TokenType switch
            {
                JsonTokenType.String => new TextItem(reader.GetString()!),
                JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False =>
                    new TextItem(Encoding.UTF8.GetString(reader.ValueSpan)),
                JsonTokenType.StartObject => ReadObject(ref reader),
                JsonTokenType.StartArray => throw new PlanException("an item is text or an object, not a list."),
                _ => throw new PlanException("an item is text or an object, not null."),
            };
            reader.Read();
            return item;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new PlanException($"not valid JSON: {Reason(exception)}");
        }
    }

    private static ObjectItem ReadObject(ref Utf8JsonReader reader)
    {
        var fields = new List<KeyValuePair<string, ItemValue>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            foreach (var field in fields)
            {
                if (field.Key == name) throw new PlanException($"the field {name} is there twice.");
            }

            reader.Read();
            fields.Add(KeyValuePair.Create(name, ReadValue(ref reader)));
        }

        return new ObjectItem(fields);
    }

    private static ItemValue ReadValue(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            var text = reader.GetString()!;
            return new ItemValue(text, Quote(text));
        }

        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(buffer, Options)) Copy(ref reader, writer);
            var nested = Encoding.UTF8.GetString(buffer.WrittenSpan);
            return new ItemValue(nested, nested);
        }

        var raw = Encoding.UTF8.GetString(reader.ValueSpan);
        return new ItemValue(raw, raw);
    }

    /// <summary>Writes the value at the reader's token, leaving the reader on its last token.</summary>
    private static void Copy(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        var depth = reader.CurrentDepth;
        do
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject: writer.WriteStartObject(); break;
                case JsonTokenType.StartArray: writer.WriteStartArray(); break;
                case JsonTokenType.EndObject: writer.WriteEndObject(); break;
                case JsonTokenType.EndArray: writer.WriteEndArray(); break;
                case JsonTokenType.PropertyName: writer.WritePropertyName(reader.GetString()!); break;
                case JsonTokenType.String: writer.WriteStringValue(reader.GetString()); break;
                default: writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true); break;
            }
        }
        while (!(reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray && reader.CurrentDepth == depth)
            && reader.Read());
    }

    private static string Reason(Exception exception)
    {
        var cut = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return cut < 0 ? exception.Message : exception.Message[..cut];
    }
}
