using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amoeba.StandIn.Answering;

namespace Amoeba.StandIn.Dialects;

/// <summary>
/// One server-sent event, as it goes out. The tokens it carries pace the stream; events that carry some
/// are what "after k chunks" counts.
/// </summary>
internal readonly record struct Frame(byte[] Data, int Tokens)
{
    public static Frame Of(string? name, JsonObject data, int tokens = 0) =>
        new(Encoding.UTF8.GetBytes(Head(name) + data.ToJsonString() + "\n\n"), tokens);

    public static string Head(string? name) => name is null ? "data: " : $"event: {name}\ndata: ";
}

/// <summary>
/// Events that differ in one text, and perhaps in a number after it: what stands around them is rendered once. A stream
/// of thousands of tokens is mostly these, and the server must not be what is measured.
/// </summary>
internal sealed class FrameMould
{
    /// <summary>Stands where the number goes.</summary>
    public const int Number = -987654321;

    private const string Gap = "~gap~";
    private readonly byte[] _before;
    private readonly byte[] _between;
    private readonly byte[] _after;

    /// <summary>Takes what makes an event's data around a text.</summary>
    public FrameMould(string? name, Func<string, JsonObject> make)
    {
        var whole = Frame.Head(name) + make(Gap).ToJsonString() + "\n\n";
        var number = Number.ToString(CultureInfo.InvariantCulture);
        var at = whole.IndexOf(Gap, StringComparison.Ordinal);
        _before = Encoding.UTF8.GetBytes(whole[..at]);
        var rest = whole[(at + Gap.Length)..].Split(number);
        _between = Encoding.UTF8.GetBytes(rest[0]);
        _after = rest.Length > 1 ? Encoding.UTF8.GetBytes(rest[1]) : [];
    }

    public Frame Fill(string text, int tokens, int number = 0)
    {
        var said = JsonEncodedText.Encode(text).EncodedUtf8Bytes;
        Span<byte> digits = stackalloc byte[11];
        var counted = 0;
        if (_after.Length > 0) number.TryFormat(digits, out counted, default, CultureInfo.InvariantCulture);
        return new Frame([.. _before, .. said, .. _between, .. digits[..counted], .. _after], tokens);
    }

    /// <summary>The text in events of about <paramref name="chunk"/> tokens.</summary>
    public IEnumerable<Frame> Pieces(string text, int chunk) =>
        TokenRule.Pieces(text, chunk).Select(piece => Fill(piece, TokenRule.Count(piece)));
}
