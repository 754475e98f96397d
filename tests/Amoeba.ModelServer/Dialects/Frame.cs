using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Amoeba.StandIn.Dialects;

/// <summary>
/// One server-sent event, as it goes out. The tokens it carries pace the stream; events that carry some are what "after k
/// chunks" counts.
/// </summary>
internal readonly record struct Frame(byte[] Data, int Tokens)
{
    public static Frame Of(string? name, JsonObject data, int tokens = 0) =>
        new(Encoding.UTF8.GetBytes(Head(name) + data.ToJsonString() + "\n\n"), tokens);

    public static string Head(string? name) => name is null ? "data: " : $"event: {name}\ndata: ";
}

/// <summary>
/// Events that differ in one text alone: what stands around it is rendered once. A stream of thousands of tokens is
/// mostly these, and the server must not be what is measured.
/// </summary>
internal sealed class FrameMould
{
    private const string Gap = "~gap~";
    private readonly byte[] _before;
    private readonly byte[] _after;

    /// <summary>Takes what makes an event's data around a text.</summary>
    public FrameMould(string? name, Func<string, JsonObject> make)
    {
        var whole = Frame.Head(name) + make(Gap).ToJsonString() + "\n\n";
        var at = whole.IndexOf(Gap, StringComparison.Ordinal);
        _before = Encoding.UTF8.GetBytes(whole[..at]);
        _after = Encoding.UTF8.GetBytes(whole[(at + Gap.Length)..]);
    }

    public Frame Fill(string text, int tokens)
    {
        var said = JsonEncodedText.Encode(text).EncodedUtf8Bytes;
        var data = new byte[_before.Length + said.Length + _after.Length];
        _before.CopyTo(data, 0);
        said.CopyTo(data.AsSpan(_before.Length));
        _after.CopyTo(data, _before.Length + said.Length);
        return new Frame(data, tokens);
    }

    /// <summary>The text in events of about <paramref name="chunk"/> tokens.</summary>
    public IEnumerable<Frame> Pieces(string text, int chunk) =>
        Answering.TokenRule.Pieces(text, chunk).Select(piece => Fill(piece, Answering.TokenRule.Count(piece)));
}
