using System.Text;

namespace Amoeba.StandIn.Answering;

/// <summary>A token is four bytes of UTF-8, rounded up for each text. Images and sounds count 100.</summary>
internal static class TokenRule
{
    public const int Media = 100;

    public static int Count(string? text) =>
        string.IsNullOrEmpty(text) ? 0 : (Encoding.UTF8.GetByteCount(text) + 3) / 4;

    /// <summary>The text in pieces of about so many tokens; no piece ends within a character.</summary>
    public static IEnumerable<string> Pieces(string text, int tokens)
    {
        var bytes = Math.Max(1, tokens) * 4;
        var start = 0;
        var held = 0;
        for (var i = 0; i < text.Length;)
        {
            var pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length;
            held += text[i] < 0x80 ? 1 : text[i] < 0x800 ? 2 : pair ? 4 : 3;
            i += pair ? 2 : 1;
            if (held < bytes && i < text.Length) continue;
            yield return text[start..i];
            (start, held) = (i, 0);
        }
    }

    /// <summary>The longest beginning of at most so many tokens.</summary>
    public static string Cut(string text, int tokens) =>
        Count(text) <= tokens ? text : string.Concat(Pieces(text, 1).TakeWhile(piece => (tokens -= Count(piece)) >= 0));

    /// <summary>A text of exactly so many tokens.</summary>
    public static string Text(int tokens, Chance chance) => string.Create(tokens * 4, chance, (span, made) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = i % 4 == 3 ? ' ' : (char)('a' + made.Below(26));
        if (span.Length > 0) span[^1] = '.';
    });
}
