using System.Text;
using System.Text.Json;
using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn.Dialects;

/// <summary>Collects what a request says, and counts its tokens on the way.</summary>
internal sealed class AskText
{
    private static readonly string[] Media =
        ["image", "image_url", "input_image", "input_audio", "document", "file", "input_file"];

    public List<Message> Messages { get; } = [];

    public string System { get; private set; } = "";

    public int Tokens { get; private set; }

    public void Count(string? text) => Tokens += TokenRule.Count(text);

    public void AddSystem(string text)
    {
        Count(text);
        System = System.Length == 0 ? text : System + "\n" + text;
    }

    public void Add(Role role, string text)
    {
        Count(text);
        Messages.Add(new Message(role, text));
    }

    /// <summary>
    /// The text of a message's content, which is a text or a list of parts: texts go on lines of their own, images and
    /// sounds are counted.
    /// </summary>
    public string Content(JsonElement? content)
    {
        if (content is not { } said) return "";
        if (said.ValueKind == JsonValueKind.String) return said.GetString()!;
        if (said.ValueKind != JsonValueKind.Array) return "";
        var text = new StringBuilder();
        foreach (var part in said.EnumerateArray())
        {
            var type = part.TryGetProperty("type", out var named) ? named.GetString() : "text";
            if (type is "text" or "input_text" or "output_text" && part.TryGetProperty("text", out var words))
                text.Append(text.Length > 0 ? "\n" : "").Append(words.GetString());
            else if (Media.Contains(type)) Tokens += TokenRule.Media;
        }

        return text.ToString();
    }
}
