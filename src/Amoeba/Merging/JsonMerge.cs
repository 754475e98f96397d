using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Amoeba.Merging;

/// <summary>An output that is JSON stays what it is, figure for figure; any other becomes a string.</summary>
internal static class JsonMerge
{
    private const int MostDepth = 1_000;

    public static void Array(IEnumerable<MergeRow> rows, MergeInput input, MergeSink sink)
    {
        var first = true;
        foreach (var row in rows)
        {
            sink.Write(first ? "[\n"u8 : ",\n"u8);
            first = false;
            Value(input.Bytes(row), sink, oneLine: false);
        }

        sink.Write(first ? "[]\n"u8 : "\n]\n"u8);
    }

    public static void Lines(IEnumerable<MergeRow> rows, MergeInput input, MergeSink sink)
    {
        foreach (var row in rows)
        {
            Value(input.Bytes(row), sink, oneLine: true);
            sink.Write("\n"u8);
        }
    }

    private static void Value(ReadOnlySpan<byte> output, MergeSink sink, bool oneLine)
    {
        if (!IsJson(output))
        {
            var text = JsonEncodedText.Encode(
                Encoding.UTF8.GetString(output.TrimEnd("\r\n"u8)), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
            sink.Write("\""u8);
            sink.Write(text.EncodedUtf8Bytes);
            sink.Write("\""u8);
            return;
        }

        var json = output.Trim(" \t\r\n"u8);
        if (!oneLine)
        {
            sink.Write(json);
            return;
        }

        // Within valid JSON a line break can only stand between tokens, where nothing depends on it.
        for (int end; (end = json.IndexOfAny("\r\n"u8)) >= 0; json = json[(end + 1)..])
            sink.Write(json[..end]);
        sink.Write(json);
    }

    private static bool IsJson(ReadOnlySpan<byte> output)
    {
        if (!Utf8.IsValid(output))
            return false;
        try
        {
            var reader = new Utf8JsonReader(output, new JsonReaderOptions { MaxDepth = MostDepth });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
