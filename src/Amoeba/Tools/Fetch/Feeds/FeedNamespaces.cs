using System.Xml;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>The vocabularies that feeds mix.</summary>
internal enum FeedWords
{
    Other,
    Rss,
    Atom,
    Content,
    DublinCore,
    Media,
    Podcast,
    Html,
}

internal static class FeedNamespaces
{
    private static readonly (string Prefix, string Name, FeedWords Words)[] Known =
    [
        ("", "http://purl.org/rss/1.0/", FeedWords.Rss),
        ("", "http://channel.netscape.com/rdf/simple/0.9/", FeedWords.Rss),
        ("", "http://backend.userland.com/rss2", FeedWords.Rss),
        ("atom", "http://www.w3.org/2005/Atom", FeedWords.Atom),
        ("", "http://purl.org/atom/ns#", FeedWords.Atom),
        ("content", "http://purl.org/rss/1.0/modules/content/", FeedWords.Content),
        ("dc", "http://purl.org/dc/elements/1.1/", FeedWords.DublinCore),
        ("dcterms", "http://purl.org/dc/terms/", FeedWords.DublinCore),
        ("media", "http://search.yahoo.com/mrss/", FeedWords.Media),
        ("", "http://search.yahoo.com/mrss", FeedWords.Media),
        ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd", FeedWords.Podcast),
        ("", "http://www.w3.org/1999/xhtml", FeedWords.Html),
        ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", FeedWords.Other),
        ("sy", "http://purl.org/rss/1.0/modules/syndication/", FeedWords.Other),
        ("slash", "http://purl.org/rss/1.0/modules/slash/", FeedWords.Other),
        ("wfw", "http://wellformedweb.org/CommentAPI/", FeedWords.Other),
    ];

    public static FeedWords Of(string name)
    {
        if (name.Length == 0) return FeedWords.Rss;
        foreach (var known in Known)
        {
            if (name.Equals(known.Name, StringComparison.OrdinalIgnoreCase)) return known.Words;
        }

        return FeedWords.Other;
    }

    /// <summary>The usual prefixes are known before they are declared, because feeds forget to.</summary>
    public static XmlParserContext Context()
    {
        var names = new NameTable();
        var manager = new XmlNamespaceManager(names);
        foreach (var known in Known.Where(known => known.Prefix.Length > 0))
            manager.AddNamespace(known.Prefix, known.Name);
        return new XmlParserContext(names, manager, null, XmlSpace.None);
    }
}
