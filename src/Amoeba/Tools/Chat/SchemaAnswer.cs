using System.Text;
using System.Text.Json;
using Amoeba.Plans;

namespace Amoeba.Tools.Chat;

/// <summary>An answer that has to be JSON by a schema.</summary>
internal static class SchemaAnswer
{
    /// <summary>Bytes; it is held whole until it is checked.</summary>
    public const long Longest = 8L << 20;

    private const int MostShown = 16 * 1024;

    /// <summary>The JSON of an answer, and what is wrong with it. A fence of ``` around it is taken off.</summary>
    public static (ReadOnlyMemory<byte> Json, IReadOnlyList<string> Wrong) Check(
        AnswerSchema schema, ReadOnlyMemory<byte> answer)
    {
        var json = Unfenced(answer);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 128 });
            return (json, schema.Check(document.RootElement));
        }
        catch (JsonException problem)
        {
            return (json, [$"it is no JSON: {ChatErrors.Line(problem.Message)}"]);
        }
    }

    /// <summary>The answer as the model is shown it again.</summary>
    public static string Shown(ReadOnlyMemory<byte> answer)
    {
        var text = Encoding.UTF8.GetString(answer.Span[..Math.Min(answer.Length, MostShown)]);
        return string.IsNullOrWhiteSpace(text) ? "(nothing)" : text;
    }

    public static string Repair(IReadOnlyList<string> wrong) =>
        "That answer is not by the schema:\n- " + string.Join("\n- ", wrong)
        + "\nAnswer again, with the corrected JSON and nothing else.";

    private static ReadOnlyMemory<byte> Unfenced(ReadOnlyMemory<byte> answer)
    {
        var text = Trimmed(answer);
        if (!text.Span.StartsWith("```"u8) || !text.Span.EndsWith("```"u8) || text.Length < 6) return text;
        var line = text.Span.IndexOf((byte)'\n');
        return line < 0 || line > text.Length - 4 ? text : Trimmed(text[(line + 1)..^3]);
    }

    private static ReadOnlyMemory<byte> Trimmed(ReadOnlyMemory<byte> text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && text.Span[start] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') start++;
        while (end > start && text.Span[end - 1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') end--;
        return text[start..end];
    }
}
