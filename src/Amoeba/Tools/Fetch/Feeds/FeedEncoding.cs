using System.Text;
using System.Text.RegularExpressions;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>
/// In which characters a feed came: what its first bytes show, then what it declares itself, then what the server
/// says, which often comes from a setting that knows nothing of the feed; else UTF-8.
/// </summary>
internal static partial class FeedEncoding
{
    public static Encoding Of(ReadOnlySpan<byte> start, string? charset)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf])) return Lenient;
        if (start.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || start.StartsWith("<\0"u8)) return Encoding.Unicode;
        if (start.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) || start.StartsWith("\0<"u8))
            return Encoding.BigEndianUnicode;
        var declared = Declaration().Match(Encoding.Latin1.GetString(start));
        var name = declared.Success ? declared.Groups[1].Value : charset;
        var found = name is null ? null : BodyText.Find(name);
        // Two bytes a character would have been seen above.
        return found is null || found is UnicodeEncoding || found.CodePage is 65001 or 20127 ? Lenient : found;
    }

    /// <summary>
    /// UTF-8 in which bytes that are none are taken for Windows' Latin set: a mix that many feeds are.
    /// </summary>
    private static Encoding Lenient { get; } =
        Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, new LatinFallback());

    [GeneratedRegex("""^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")]
    private static partial Regex Declaration();

    private sealed class LatinFallback : DecoderFallback
    {
        private static readonly Encoding Latin = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

        public override int MaxCharCount => 4;

        public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer();

        private sealed class Buffer : DecoderFallbackBuffer
        {
            private string _text = "";
            private int _next;

            public override int Remaining => _text.Length - _next;

            public override bool Fallback(byte[] bytesUnknown, int index)
            {
                (_text, _next) = (Latin.GetString(bytesUnknown), 0);
                return true;
            }

            public override char GetNextChar() => Remaining > 0 ? _text[_next++] : '\0';

            public override bool MovePrevious()
            {
                if (_next == 0) return false;
                _next--;
                return true;
            }

            public override void Reset() => (_text, _next) = ("", 0);
        }
    }
}
