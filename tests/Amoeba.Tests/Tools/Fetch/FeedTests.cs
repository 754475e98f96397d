using System.Text;
using Amoeba.Tools.Fetch.Feeds;

namespace Amoeba.Tests.Tools.Fetch;

public sealed class FeedTests
{
    private const string Rss = """
        <?xml version="1.0"?>
        <!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
        <rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Channel</title><link>https://a.example/</link>
        <item>
          <title>Caf&eacute; &amp;amp; bar&nbsp;&#8211; <![CDATA[<b>now</b>]]></title>
          <link>/x?a=1&amp;b=2</link>
          <guid isPermaLink="false">tag:1</guid>
          <pubDate>Sun, 06 Nov 1994 08:49:37 EST</pubDate>
          <dc:creator>Ann</dc:creator>
          <media:content url="https://m.example/"><media:title>not this</media:title></media:content>
          <description><![CDATA[<p>short</p>]]></description>
          <content:encoded><![CDATA[<p>long & wide</p>]]></content:encoded>
          <category>A</category><category>B</category><category>A</category>
        </item>
        <item><guid>https://a.example/only-guid</guid><author>b@a.example (Bob B)</author><dc:date>2024-01-02</dc:date></item>
        <item/>
        </channel></rss>
        """;

    private const string Atom = """
        <feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/blog/">
        <author><name>Whole feed</name></author>
        <entry xml:base="2024/">
          <title type="html">One &lt;i&gt;two&lt;/i&gt; &amp;lt;3</title>
          <link rel="self" href="self.xml"/><link href="one.html"/><link rel="enclosure" href="x.mp3"/>
          <id>urn:1</id><published>2024-05-06T09:08:09+02:00</published><updated>2024-05-07T00:00:00.5Z</updated>
          <summary>sum</summary>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p class="a">x &amp; <br/>y</p></div></content>
          <category term="t" label="Label"/><category term="u"/>
          <source><title>other</title><id>other</id></source>
        </entry>
        <entry><title>A &lt; B</title><author><name>Own</name><email>o@b.example</email></author><id>urn:2</id></entry>
        </feed>
        """;

    [Fact]
    public async Task Rss_with_all_its_extensions()
    {
        var entries = await ReadAsync(Rss);
        Assert.Equal(3, entries.Count);
        Assert.Equal("Café & bar – now", entries[0].Title);
        Assert.Equal(("https://h.example/x?a=1&b=2", "tag:1", "Ann"),
            (entries[0].Url, entries[0].Id, entries[0].Author));
        Assert.Equal("1994-11-06T13:49:37Z", FeedDates.Text(entries[0].Published));
        Assert.Equal(("<p>short</p>", "<p>long & wide</p>"), (entries[0].Summary, entries[0].Content));
        Assert.Equal(["A", "B"], entries[0].Categories);
        Assert.Equal(("https://a.example/only-guid", "Bob B"), (entries[1].Url, entries[1].Author));
        Assert.Equal("2024-01-02T00:00:00Z", FeedDates.Text(entries[1].Published));
        Assert.Equal(new FeedEntry { Categories = entries[2].Categories }, entries[2]);
    }

    [Fact]
    public async Task Atom_with_its_bases_and_its_xhtml()
    {
        var entries = await ReadAsync(Atom);
        Assert.Equal(("One two <3", "https://b.example/blog/2024/one.html", "urn:1"),
            (entries[0].Title, entries[0].Url, entries[0].Id));
        Assert.Equal(("2024-05-06T07:08:09Z", "2024-05-07T00:00:00Z"),
            (FeedDates.Text(entries[0].Published), FeedDates.Text(entries[0].Updated)));
        Assert.Equal("""<p class="a">x &amp; <br />y</p>""", entries[0].Content);
        Assert.Equal(("sum", "Whole feed"), (entries[0].Summary, entries[0].Author));
        Assert.Equal(["Label", "u"], entries[0].Categories);
        Assert.Equal(("A < B", "Own", null), (entries[1].Title, entries[1].Author, entries[1].Url));
    }

    [Fact]
    public async Task Rdf_has_its_items_beside_the_channel()
    {
        var entries = await ReadAsync("""
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
            <channel rdf:about="https://c.example/"><title>C</title><items><rdf:Seq><rdf:li resource="x"/></rdf:Seq></items></channel>
            <item rdf:about="https://c.example/1"><title>T</title><dc:subject>S</dc:subject><dc:date>2003-12-13T18:30Z</dc:date></item>
            </rdf:RDF>
            """);
        Assert.Equal(("T", "https://c.example/1", "https://c.example/1"),
            (entries[0].Title, entries[0].Url, entries[0].Id));
        Assert.Equal("2003-12-13T18:30:00Z", FeedDates.Text(entries[0].Published));
        Assert.Equal(["S"], Assert.Single(entries).Categories);
    }

    [Fact]
    public async Task A_json_feed()
    {
        var entries = await ReadAsync("""
            {"version": "https://jsonfeed.org/version/1.1", "authors": [{"name": "All"}], "items": [
              {"id": 7, "url": "/p/7", "title": "T", "content_html": "<p>c</p>", "summary": "s",
               "date_published": "2024-01-02T03:04:05+01:00", "tags": ["a", "a", 1]},
              {"id": "8", "external_url": "https://x.example/", "author": {"name": "One"}, "content_text": "c"}]}
            """);
        Assert.Equal(("7", "https://h.example/p/7", "All", "<p>c</p>"),
            (entries[0].Id, entries[0].Url, entries[0].Author, entries[0].Content));
        Assert.Equal(["a"], entries[0].Categories);
        Assert.Equal(("https://x.example/", "One", "c"), (entries[1].Url, entries[1].Author, entries[1].Content));
    }

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-8", false)]
    [InlineData("iso-8859-1", false)]
    [InlineData("windows-1252", false)]
    public async Task Every_charset_and_mark_is_understood(string name, bool withMark)
    {
        var text = $"<?xml version='1.0' encoding='{name}'?>"
            + "<rss><channel><item><title>Größe café</title></item></channel></rss>";
        var encoding = Encoding.GetEncoding(name == "windows-1252" ? "iso-8859-1" : name);
        byte[] bytes = [.. withMark ? encoding.GetPreamble() : [], .. encoding.GetBytes(text)];
        Assert.Equal("Größe café", (await ReadAsync(bytes, "text/xml; charset=us-ascii"))[0].Title);
    }

    [Fact]
    public async Task A_feed_in_another_charset_than_it_says_is_read_all_the_same()
    {
        const string Text =
            "<?xml version='1.0' encoding='utf-8'?><rss><channel><item><title>Größe</title></item></channel></rss>";
        Assert.Equal("Größe", (await ReadAsync(Encoding.Latin1.GetBytes(Text), "text/xml"))[0].Title);
        var none = Encoding.Latin1.GetBytes(Text.Replace(" encoding='utf-8'", "", StringComparison.Ordinal));
        Assert.Equal("Größe", (await ReadAsync(none, "text/xml; charset=iso-8859-1"))[0].Title);
        Assert.Equal("a b",
            (await ReadAsync("<rss><channel><item><title>a\u000bb</title></item></channel></rss>"))[0].Title);
    }

    [Fact]
    public async Task Broken_xml_is_told_with_its_line_after_the_entries_before_it()
    {
        const string Broken =
            "<rss><channel>\n<item><title>a</title></item>\n<item><title>b</titel></item></channel></rss>";
        var seen = new List<FeedEntry>();
        var problem =
            await Assert.ThrowsAsync<FeedException>(() => ReadAsync(Encoding.UTF8.GetBytes(Broken), null, seen));
        Assert.Contains("broken at line 3, column ", problem.Message, StringComparison.Ordinal);
        Assert.Equal("a", Assert.Single(seen).Title);
        problem = await Assert.ThrowsAsync<FeedException>(() => ReadAsync("{\"items\": [\n}"));
        Assert.Contains("broken at line 2", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entities_that_a_document_declares_are_not_believed()
    {
        const string Bomb = """
            <!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
            <rss><channel><item><title>&b;&f;</title></item></channel></rss>
            """;
        var problem = await Assert.ThrowsAsync<FeedException>(() => ReadAsync(Bomb));
        Assert.Contains("line 2", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_entry_cannot_fill_the_memory()
    {
        var content = new string('x', 3 * ElementText.Most);
        var text = $"<rss><channel><item><description>{content}</description></item></channel></rss>";
        Assert.Equal(ElementText.Most, (await ReadAsync(text))[0].Summary!.Length);
    }

    [Theory]
    [InlineData("", "there is nothing in it")]
    [InlineData("<html><body/></html>", "HTML page")]
    [InlineData("<opml/>", "<opml>")]
    [InlineData("plain", "no feed")]
    public async Task What_is_no_feed_is_said_to_be_none(string text, string words)
    {
        var problem = await Assert.ThrowsAsync<FeedException>(() => ReadAsync(text));
        Assert.False(problem.IsFeed);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
    }

    private static Task<List<FeedEntry>> ReadAsync(string text) => ReadAsync(Encoding.UTF8.GetBytes(text), null);

    private static async Task<List<FeedEntry>> ReadAsync(byte[] bytes, string? type, List<FeedEntry>? into = null)
    {
        var entries = into ?? [];
        using var stream = new Dribble(bytes);
        await foreach (var entry in await FeedReader.OpenAsync(
            stream, new Uri("https://h.example/feed"), type, TestContext.Current.CancellationToken))
            entries.Add(entry);
        return entries;
    }

    /// <summary>Comes in pieces of odd sizes, as from a network, and only when it is waited for.</summary>
    private sealed class Dribble(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        private int _turn;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return await base.ReadAsync(
                buffer[..Math.Min(buffer.Length, Length > 100_000 ? 8192 : 1 + (_turn++ % 7))], cancellationToken);
        }
    }
}
