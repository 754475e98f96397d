using System.Xml;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>An `item` or `entry` while it is read, whatever mix of vocabularies it is in.</summary>
internal sealed class XmlEntry
{
    private readonly List<string> _categories = [];
    private Uri _base;
    private string? _title;
    private string? _link;
    private string? _weakLink;
    private string? _id;
    private bool _idIsLink;
    private string? _published;
    private string? _updated;
    private string? _author;
    private string? _weakAuthor;
    private string? _summary;
    private string? _weakSummary;
    private string? _content;
    private string? _weakContent;

    private XmlEntry(Uri at) => _base = at;

    /// <summary>Reads the element the reader is at, and leaves it at its end.</summary>
    public static async ValueTask<FeedEntry> ReadAsync(XmlReader reader, Uri at, string? feedAuthor)
    {
        var entry = new XmlEntry(BaseOf(reader, at));
        var about = reader.GetAttribute("about", "http://www.w3.org/1999/02/22-rdf-syntax-ns#");
        if (!reader.IsEmptyElement)
        {
            var depth = reader.Depth;
            while (await ElementText.NextAsync(reader, depth))
            {
                if (reader.NodeType == XmlNodeType.Element) await entry.TakeAsync(reader);
            }
        }

        return entry.Made(about, feedAuthor);
    }

    /// <summary>The address that relative ones are relative to, within the element the reader is at.</summary>
    public static Uri BaseOf(XmlReader reader, Uri outer) =>
        reader.GetAttribute("xml:base") is { } own && Uri.TryCreate(outer, own.Trim(), out var at) ? at : outer;

    private async ValueTask TakeAsync(XmlReader reader)
    {
        switch (FeedNamespaces.Of(reader.NamespaceURI), reader.LocalName)
        {
            case (FeedWords.Rss or FeedWords.Atom, "title"):
                var isText = reader.GetAttribute("type") is "text" or "text/plain" || IsAtomWithoutType(reader);
                var title = await ElementText.ReadAsync(reader, reader.GetAttribute("type") == "xhtml");
                _title ??= isText ? title : ElementText.Plain(title);
                break;
            case (FeedWords.DublinCore or FeedWords.Media, "title"):
                _title ??= ElementText.Plain(await ElementText.ReadAsync(reader));
                break;
            case (FeedWords.Rss or FeedWords.Atom, "link"):
                await TakeLinkAsync(reader);
                break;
            case (FeedWords.Rss, "guid"):
                _idIsLink = reader.GetAttribute("isPermaLink") != "false";
                _id = await ElementText.ReadAsync(reader);
                break;
            case (FeedWords.Atom, "id"):
                _id = await ElementText.ReadAsync(reader);
                break;
            case (FeedWords.Rss, "pubDate") or (FeedWords.Atom, "published" or "issued" or "created"):
                _published = await ElementText.ReadAsync(reader) ?? _published;
                break;
            case (FeedWords.DublinCore, "date" or "issued" or "created"):
                _published ??= await ElementText.ReadAsync(reader);
                break;
            case (FeedWords.Atom, "updated" or "modified") or (FeedWords.DublinCore, "modified"):
                _updated ??= await ElementText.ReadAsync(reader);
                break;
            case (FeedWords.Rss or FeedWords.Atom, "author"):
                _author ??= await ElementText.PersonAsync(reader);
                break;
            case (FeedWords.DublinCore, "creator") or (FeedWords.Podcast, "author"):
                _weakAuthor ??= await ElementText.PersonAsync(reader);
                break;
            default:
                await TakeTextAsync(reader);
                break;
        }
    }

    private async ValueTask TakeTextAsync(XmlReader reader)
    {
        switch (FeedNamespaces.Of(reader.NamespaceURI), reader.LocalName)
        {
            case (FeedWords.Rss, "description") or (FeedWords.Atom, "summary"):
                _summary ??= await ElementText.ReadAsync(reader, reader.GetAttribute("type") == "xhtml");
                break;
            case (FeedWords.DublinCore or FeedWords.Media, "description")
                or (FeedWords.Podcast, "summary" or "subtitle"):
                _weakSummary ??= await ElementText.ReadAsync(reader);
                break;
            case (FeedWords.Content, "encoded"):
                _content = await ElementText.ReadAsync(reader) ?? _content;
                break;
            case (FeedWords.Atom, "content"):
                await TakeContentAsync(reader);
                break;
            case (FeedWords.Html, "body" or "div"):
                _weakContent ??= await ElementText.ReadAsync(reader, isMarkup: true);
                break;
            case (FeedWords.Rss or FeedWords.DublinCore or FeedWords.Media, "category" or "subject"):
                Add(await ElementText.ReadAsync(reader));
                break;
            case (FeedWords.Atom, "category"):
                Add(reader.GetAttribute("label") ?? reader.GetAttribute("term"));
                await ElementText.SkipAsync(reader);
                break;
            default:
                await ElementText.SkipAsync(reader);
                break;
        }
    }

    private async ValueTask TakeContentAsync(XmlReader reader)
    {
        var elsewhere = reader.GetAttribute("src");
        var content =
            await ElementText.ReadAsync(reader, reader.GetAttribute("type") is "xhtml" or "application/xhtml+xml");
        _content ??= content;
        if (elsewhere is not null) _weakLink ??= Resolve(elsewhere, _base);
    }

    /// <summary>
    /// RSS has the address as text; Atom as an attribute, of several links the one to the page itself.
    /// </summary>
    private async ValueTask TakeLinkAsync(XmlReader reader)
    {
        var at = BaseOf(reader, _base);
        if (reader.GetAttribute("href") is { } address)
        {
            var relation = reader.GetAttribute("rel") ?? "alternate";
            if (relation is "alternate") _link ??= Resolve(address, at);
            else if (relation is not ("self" or "edit" or "enclosure" or "replies" or "hub"))
                _weakLink ??= Resolve(address, at);
            await ElementText.SkipAsync(reader);
        }
        else if (await ElementText.ReadAsync(reader) is { } text)
        {
            _link ??= Resolve(text, at);
        }
    }

    private void Add(string? category)
    {
        category = ElementText.Plain(category);
        if (category is not null && !_categories.Contains(category)) _categories.Add(category);
    }

    private FeedEntry Made(string? about, string? feedAuthor)
    {
        var id = _id ?? about;
        var fromId = _idIsLink && id is not null && Uri.IsWellFormedUriString(id, UriKind.Absolute) ? id : null;
        var link = _link ?? fromId ?? _weakLink ?? (about is null ? null : Resolve(about, _base));
        return new FeedEntry
        {
            Title = _title,
            Url = link,
            Id = id ?? link,
            Published = FeedDates.Parse(_published),
            Updated = FeedDates.Parse(_updated),
            Author = ElementText.Plain(_author ?? _weakAuthor ?? feedAuthor),
            Summary = _summary ?? _weakSummary,
            Content = _content ?? _weakContent,
            Categories = _categories,
        };
    }

    private static string Resolve(string address, Uri at) =>
        Uri.TryCreate(at, address.Trim(), out var whole) ? whole.AbsoluteUri : address.Trim();

    private static bool IsAtomWithoutType(XmlReader reader) =>
        FeedNamespaces.Of(reader.NamespaceURI) == FeedWords.Atom && reader.GetAttribute("type") is null;
}
