using System.Runtime.CompilerServices;
using System.Text;
using System.Xml;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>RSS 0.9 to 2.0, RSS 1.0 (RDF), Atom 0.3 and 1.0, entry by entry as they come.</summary>
internal static class XmlFeed
{
    // A document type is stepped over and nothing of it is believed: no entity but XML's and HTML's own is expanded.
    private static readonly XmlReaderSettings Settings = new()
    {
        Async = true,
        DtdProcessing = DtdProcessing.Ignore,
        XmlResolver = null,
        MaxCharactersFromEntities = 1024 * 1024,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        CheckCharacters = false,
    };

    public static async IAsyncEnumerable<FeedEntry> ReadAsync(
        Stream stream, Encoding encoding, Uri at, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var text = new StreamReader(stream, encoding, detectEncodingFromByteOrderMarks: false, 4096);
        using var clean = new FeedCharacters(text);
        using var reader = XmlReader.Create(clean, Settings, FeedNamespaces.Context());
        await BeginAsync(reader);
        at = XmlEntry.BaseOf(reader, at);
        string? author = null;
        while (await NextAsync(reader))
        {
            cancel.ThrowIfCancellationRequested();
            if (reader.NodeType != XmlNodeType.Element) continue;
            switch (reader.LocalName)
            {
                case "item" or "entry": yield return await EntryAsync(reader, at, author); break;
                case "channel": at = XmlEntry.BaseOf(reader, at); break;
                case "author" when FeedNamespaces.Of(reader.NamespaceURI) == FeedWords.Atom:
                    author ??= await Told(() => ElementText.PersonAsync(reader));
                    break;
                default:
                    await Told(async () =>
                    {
                        await ElementText.SkipAsync(reader);
                        return 0;
                    });
                    break;
            }
        }
    }

    private static ValueTask<FeedEntry> EntryAsync(XmlReader reader, Uri at, string? author) =>
        Told(() => XmlEntry.ReadAsync(reader, at, author));

    private static ValueTask<bool> NextAsync(XmlReader reader) => Told(async () => await reader.ReadAsync());

    private static ValueTask<int> BeginAsync(XmlReader reader) => Told(async () =>
    {
        if (await reader.MoveToContentAsync() == XmlNodeType.None)
            throw new FeedException("there is nothing in it", isFeed: false);
        if (reader.LocalName is "rss" or "RDF" or "feed" or "channel") return 0;
        throw reader.LocalName.Equals("html", StringComparison.OrdinalIgnoreCase)
            ? NoFeed.Page()
            : new FeedException(
                $"it is XML that begins with <{reader.Name}>, which is no RSS, Atom or RDF", isFeed: false);
    });

    private static async ValueTask<T> Told<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read();
        }
        catch (XmlException broken)
        {
            throw new FeedException(
                $"its XML is broken at line {broken.LineNumber}, column {broken.LinePosition}: {Reason(broken)}",
                isFeed: true);
        }
    }

    /// <summary>The reader ends its message with the place, which was said.</summary>
    private static string Reason(XmlException broken)
    {
        var end = broken.Message.IndexOf(" Line ", StringComparison.Ordinal);
        return end < 0 ? broken.Message : broken.Message[..end];
    }
}

internal static class NoFeed
{
    public static FeedException Page() => new(
        "it is an HTML page and no feed; its source names the feed's address in a <link "
            + "rel=\"alternate\"> where it has one, "
        + "and without feed: true the page itself is fetched",
        isFeed: false);
}
