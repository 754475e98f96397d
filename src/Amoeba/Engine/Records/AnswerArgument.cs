using System.Text;
using System.Text.Json;

namespace Amoeba.Engine.Records;

/// <summary>
/// What `approve`, `sequential`, `deny` and `refuse` carry: the question that the person saw. Meanwhile it may have
/// been asked anew about something else, which nobody looked at yet.
/// </summary>
/// <param name="Question">The approval's id.</param>
/// <param name="Children">Of `approve`: another number than the recommended one; null keeps that.</param>
internal readonly record struct AnswerArgument(string Question, int? Children = null)
{
    public string Write()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("question", Question);
            if (Children is { } children)
            {
                json.WriteNumber("children", children);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Null where the text is none of these.</summary>
    public static AnswerArgument? Read(string? text)
    {
        try
        {
            using var json = JsonDocument.Parse(text ?? "");
            return json.RootElement.TryGetProperty("question", out var question) && question.GetString() is { } id
                ? new AnswerArgument(
                    id, json.RootElement.TryGetProperty("children", out var children) ? children.GetInt32() : null)
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
