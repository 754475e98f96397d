using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>What one result yields: its items.</summary>
internal static class YieldedItems
{
    /// <param name="output">The result's bytes, UTF-8; what is not is replaced.</param>
    /// <param name="split">How it is taken apart.</param>
    /// <param name="isProgram">A program printed it, which mostly prints a line for each of what it has to say.</param>
    public static IReadOnlyList<Item> Of(ReadOnlyMemory<byte> output, FlowSplit split, bool isProgram)
    {
        if (output.Span.StartsWith("\uFEFF"u8)) output = output[3..];

        // A JSON document is read without a look at the bytes of its texts, which throws where one is asked for.
        if (!Utf8.IsValid(output.Span)) output = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(output.Span));
        if (split == FlowSplit.Auto && Elements(output) is { } elements) return elements;
        var text = Encoding.UTF8.GetString(output.Span);
        return split switch
        {
            FlowSplit.Whole => Whole(text),
            FlowSplit.Lines => Lines(text),
            _ => isProgram ? Lines(text) : Whole(text),
        };
    }

    /// <summary>The elements of a JSON array; null where it is none.</summary>
    private static List<Item>? Elements(ReadOnlyMemory<byte> output)
    {
        var start = output.Span.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0 || output.Span[start] != '[') return null;
        try
        {
            using var document = JsonDocument.Parse(output);
            var items = new List<Item>(document.RootElement.GetArrayLength());
            foreach (var element in document.RootElement.EnumerateArray()) items.Add(OfJson(element));
            return items;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Item OfJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Parsed(element.GetRawText()) ?? new TextItem(element.GetRawText()),
        JsonValueKind.String => new TextItem(TextOf(element)),
        _ => new TextItem(element.GetRawText()),
    };

    /// <summary>The text, or as it is written where that is the half of a character.</summary>
    private static string TextOf(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return element.GetRawText();
        }
    }

    private static List<Item> Lines(string text) =>
        [.. text.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0).Select(OfText)];

    private static List<Item> Whole(string text)
    {
        var whole = text.TrimEnd('\r', '\n');
        return whole.Length == 0 ? [] : [OfText(whole)];
    }

    private static Item OfText(string text) =>
        text.AsSpan().TrimStart() is ['{', ..] && Parsed(text) is { } item ? item : new TextItem(text);

    /// <summary>An object with fields; null where the text is none, or has a name twice.</summary>
    private static Item? Parsed(string json)
    {
        try
        {
            return Item.Parse(json);
        }
        catch (PlanException)
        {
            return null;
        }
    }
}
