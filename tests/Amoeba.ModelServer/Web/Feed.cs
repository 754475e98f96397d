using System.Globalization;
using System.Text;

namespace Amoeba.StandIn.Web;

/// <summary>A feed with entries "first of NAME", "second of NAME" and so on, newest first, an hour apart.</summary>
internal sealed class Feed(string name, string kind, int entries, string site)
{
    private static readonly string[] Words =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    private static readonly DateTimeOffset Newest = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    public string Type => kind switch
    {
        "atom" => "application/atom+xml; charset=utf-8",
        "rdf" => "application/rdf+xml; charset=utf-8",
        _ => "application/rss+xml; charset=utf-8",
    };

    public byte[] Bytes() => Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + kind switch
    {
        "atom" => Atom(),
        "rdf" => Rdf(),
        _ => Rss(),
    });

    private string Rss() =>
        "<rss version=\"2.0\"><channel><title>Feed "
            + $"{Name}</title><link>{site}/</link><description>Made up</description>\n"
        + Join(i => $"<item><title>{Title(i)}</title><link>{Link(i)}</link><guid>{Link(i)}</guid>"
            + $"<pubDate>{At(i).ToString("r", CultureInfo.InvariantCulture)}</pubDate>"
            + $"<description><![CDATA[<p>Words about <b>{Title(i)}</b> &amp; more</p>]]></description></item>\n")
        + "</channel></rss>\n";

    private string Atom() =>
        $"<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Feed {Name}</title><id>{site}/feed/{Name}</id>"
        + $"<updated>{Iso(0)}</updated><author><name>Nobody</name></author>\n"
        + Join(i => $"<entry><title type=\"html\">{Title(i)}</title>"
            + $"<link rel=\"alternate\" href=\"{Link(i)}\"/><id>{Link(i)}</id>"
            + $"<updated>{Iso(i)}</updated>"
            + $"<summary type=\"html\">&lt;p&gt;Words about {Title(i)} &amp;amp; more&lt;/p&gt;</summary></entry>\n")
        + "</feed>\n";

    private string Rdf() =>
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" "
        + $"xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel rdf:about=\"{site}/\"><title>Feed {Name}</title>"
        + $"<link>{site}/</link><description>Made up</description></channel>\n"
        + Join(i => $"<item rdf:about=\"{Link(i)}\"><title>{Title(i)}</title><link>{Link(i)}</link>"
            + $"<description>Words about {Title(i)} &amp; more</description><dc:date>{Iso(i)}</dc:date></item>\n")
        + "</rdf:RDF>\n";

    private string Name => System.Security.SecurityElement.Escape(name);

    private string Join(Func<int, string> entry) => string.Concat(Enumerable.Range(0, entries).Select(entry));

    private string Title(int i) => $"{(i < Words.Length ? Words[i] : $"number {i + 1}")} of {Name}";

    private string Link(int i) => $"{site}/page/{500 + i}";

    private static DateTimeOffset At(int i) => Newest.AddHours(-i);

    private static string Iso(int i) => At(i).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
