using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>JSON Feed 1.0 and 1.1 (jsonfeed.org).</summary>
internal static class JsonFeed
{
    /// <summary>Unlike XML it is read in whole, so it may not be very long. 16 MiB.</summary>
    public const int Most = 16 * 1024 * 1024;

    public static async IAsyncEnumerable<FeedEntry> ReadAsync(
        Stream stream, Uri at, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var document = await DocumentAsync(stream, cancel);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("items", out var items)
            || items.ValueKind != JsonValueKind.Array)
        {
            throw new FeedException(
                "it is JSON without items, so no JSON Feed; leave feed out to get it as it is", isFeed: false);
        }

        var author = Author(root);
        foreach (var item in items.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object) yield return Entry(item, at, author);
        }
    }

    private static async ValueTask<JsonDocument> DocumentAsync(Stream stream, CancellationToken cancel)
    {
        try
        {
            return await JsonDocument.ParseAsync(
                new BoundedStream(stream, Most),
                new JsonDocumentOptions { AllowTrailingCommas = true, MaxDepth = 64 }, cancel);
        }
        catch (JsonException broken)
        {
            throw new FeedException(
                $"its JSON is broken at line {broken.LineNumber + 1}, column {broken.BytePositionInLine + 1}",
                isFeed: true);
        }
    }

    private static FeedEntry Entry(JsonElement item, Uri at, string? author)
    {
        var url = Address(Text(item, "url"), at) ?? Address(Text(item, "external_url"), at);
        return new FeedEntry
        {
            Title = ElementText.Plain(Text(item, "title")),
            Url = url,
            Id = Text(item, "id") ?? url,
            Published = FeedDates.Parse(Text(item, "date_published")),
            Updated = FeedDates.Parse(Text(item, "date_modified")),
            Author = Author(item) ?? author,
            Summary = Text(item, "summary"),
            Content = Text(item, "content_html") ?? Text(item, "content_text"),
            Categories = item.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Array
                ? [.. tags.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String)
                    .Select(tag => tag.GetString()!).Distinct()]
                : [],
        };
    }

    /// <summary>Version 1.1 has a list of authors, 1.0 one.</summary>
    private static string? Author(JsonElement of)
    {
        if (of.TryGetProperty("authors", out var authors) && authors.ValueKind == JsonValueKind.Array)
        {
            var names = authors.EnumerateArray().Select(author => Text(author, "name")).OfType<string>().ToArray();
            if (names.Length > 0) return string.Join(", ", names);
        }

        return of.TryGetProperty("author", out var one) ? Text(one, "name") : null;
    }

    private static string? Address(string? text, Uri at) =>
        text is null ? null : Uri.TryCreate(at, text, out var whole) ? whole.AbsoluteUri : text;

    /// <summary>Ids of early feeds are numbers.</summary>
    private static string? Text(JsonElement of, string name)
    {
        if (of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out var value)) return null;
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Trim(),
            JsonValueKind.Number => value.GetRawText(),
            _ => "",
        };
        return text.Length == 0 ? null : text;
    }

    private sealed class BoundedStream(Stream inner, long most) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            _read += count;
            return _read <= most
                ? count
                : throw new FeedException($"it is a JSON Feed of more than {most} bytes", isFeed: true);
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
