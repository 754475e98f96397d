namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>The entries of a feed, whichever kind it turns out to be.</summary>
internal static class FeedReader
{
    private const int Look = 1024;

    /// <param name="stream">The feed's bytes.</param>
    /// <param name="at">Where it came from; relative addresses are relative to that.</param>
    /// <param name="contentType">What the server calls it.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">It is no feed, or broken.</exception>
    public static async ValueTask<IAsyncEnumerable<FeedEntry>> OpenAsync(
        Stream stream, Uri at, string? contentType, CancellationToken cancel)
    {
        var start = new byte[Look];
        var count = await stream.ReadAtLeastAsync(start, Look, throwOnEndOfStream: false, cancel);
        var bytes = start.AsMemory(0, count);
        var first = First(bytes.Span);
        var whole = new PrefixedStream(bytes[Mark(bytes.Span)..], stream);
        if (first == '{') return JsonFeed.ReadAsync(whole, at, cancel);
        var isPage = BodyText.MediaTypeOf(contentType) is "text/html" && !LooksLikeFeed(bytes.Span);
        if (isPage) throw NoFeed.Page();
        if (first != '<')
        {
            throw new FeedException(
                count == 0 ? "there is nothing in it" : "it begins neither with < nor with {, so it is no feed",
                isFeed: false);
        }

        return XmlFeed.ReadAsync(whole, FeedEncoding.Of(bytes.Span, BodyText.CharsetOf(contentType)), at, cancel);
    }

    /// <summary>The first character that is no blank; the zeros are those of UTF-16.</summary>
    private static byte First(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes[Mark(bytes)..].TrimStart(" \t\r\n\0"u8);
        return rest.IsEmpty ? (byte)0 : rest[0];
    }

    /// <summary>The bytes of a mark that says how the text was stored.</summary>
    private static int Mark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]) ? 3
        : bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) ? 2
        : 0;

    private static bool LooksLikeFeed(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("<rss"u8) >= 0 || bytes.IndexOf("<feed"u8) >= 0 || bytes.IndexOf("<rdf:RDF"u8) >= 0;

    /// <summary>Bytes that were looked at, and then the rest.</summary>
    private sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : Stream
    {
        private ReadOnlyMemory<byte> _prefix = prefix;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_prefix.IsEmpty) return rest.ReadAsync(buffer, cancellationToken);
            var count = Math.Min(buffer.Length, _prefix.Length);
            _prefix[..count].CopyTo(buffer);
            _prefix = _prefix[count..];
            return new(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
