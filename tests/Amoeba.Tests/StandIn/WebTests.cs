using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Xml.Linq;
using Amoeba.StandIn;

namespace Amoeba.Tests.StandIn;

public sealed class WebTests
{
    [Fact]
    public async Task Pages_have_the_asked_size_on_every_address()
    {
        await using var caller = await Caller.StartAsync(options: new ModelServerOptions { Addresses = 3 });
        for (var i = 1; i <= 3; i++)
            Assert.Equal(5000,
                (await caller.Http.GetByteArrayAsync(caller.Server.UrlOf(i) + "/page/5000", Caller.Cancel)).Length);
        Assert.Equal(700, (await BytesAsync(caller, "/text/700")).Length);
        Assert.Equal(["127.0.0.1", "127.0.0.2", "127.0.0.3"], caller.Server.Stats.Hosts.Keys.Order());
        Assert.Equal(2, caller.Server.Stats.Hosts["127.0.0.1"].Requests);
    }

    [Theory]
    [InlineData("rss", "item", "")]
    [InlineData("atom", "entry", "http://www.w3.org/2005/Atom")]
    [InlineData("rdf", "item", "http://purl.org/rss/1.0/")]
    public async Task Feeds_come_in_three_kinds(string kind, string entry, string space)
    {
        await using var caller = await Caller.StartAsync();
        var feed =
            XDocument.Parse(Encoding.UTF8.GetString(await BytesAsync(caller, $"/feed/7?kind={kind}&entries=12")));
        var titles = feed.Descendants(XName.Get(entry, space))
            .Select(item => item.Element(XName.Get("title", space))!.Value).ToList();
        Assert.Equal(12, titles.Count);
        Assert.Equal("second of 7", titles[1]);
    }

    [Fact]
    public async Task A_known_version_is_not_sent_again()
    {
        await using var caller = await Caller.StartAsync();
        using var first = await caller.GetAsync("/page/100?etag=a&modified=2024-05-06");
        Assert.Equal("\"a\"", first.Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync("\"a\"", null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("\"b\"", first.Content.Headers.LastModified));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(null, first.Content.Headers.LastModified));

        async Task<HttpStatusCode> StatusAsync(string? etag, DateTimeOffset? since)
        {
            using var request =
                new HttpRequestMessage(HttpMethod.Get, caller.Server.Url + "/page/100?etag=a&modified=2024-05-06");
            if (etag is not null) request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(etag));
            request.Headers.IfModifiedSince = since;
            return (await caller.Http.SendAsync(request, Caller.Cancel)).StatusCode;
        }
    }

    [Fact]
    public async Task Redirects_lead_on_in_circles_or_away()
    {
        await using var caller = await Caller.StartAsync();
        Assert.Equal("/redirect/2", await LocationAsync("/redirect/3"));
        Assert.Equal("/page/100", await LocationAsync("/redirect/1"));
        Assert.Equal("/redirect/loop", await LocationAsync("/redirect/loop"));
        Assert.Equal("http://10.0.0.1/x", await LocationAsync("/redirect/to?url=http://10.0.0.1/x&status=308"));

        async Task<string> LocationAsync(string path)
        {
            using var response = await caller.GetAsync(path);
            Assert.InRange((int)response.StatusCode, 301, 308);
            return response.Headers.Location!.OriginalString;
        }
    }

    [Fact]
    public async Task A_status_says_when_to_come_again_and_is_over_then()
    {
        await using var caller = await Caller.StartAsync();
        using var busy = await caller.GetAsync("/status/503?first=1&retry_after=3");
        Assert.Equal((503, "3"), ((int)busy.StatusCode, busy.Headers.RetryAfter!.ToString()));
        using var done = await caller.GetAsync("/status/503?first=1&retry_after=3");
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        using var dated = await caller.GetAsync("/status/429?retry_after=3&retry_as=date");
        Assert.NotNull(dated.Headers.RetryAfter!.Date);
        using var missing = await caller.GetAsync("/nothing/here");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Bodies_are_packed(string encoding)
    {
        await using var caller = await Caller.StartAsync();
        var plain = await BytesAsync(caller, "/page/3000");
        var packed = await BytesAsync(caller, "/page/3000?encoding=" + encoding);
        Assert.Equal(plain, Unpack(encoding, packed));
        var bomb = await BytesAsync(caller, "/bomb/4?encoding=" + encoding);
        Assert.InRange(bomb.Length, 1, 100_000);
        Assert.Equal(4 << 20, Unpack(encoding, bomb).Length);
    }

    [Fact]
    public async Task Bodies_are_endless_slow_cut_or_of_no_told_length()
    {
        await using var caller = await Caller.StartAsync();
        await using var endless = await caller.Http.GetStreamAsync(caller.Server.Url + "/endless", Caller.Cancel);
        await endless.ReadExactlyAsync(new byte[1 << 20], Caller.Cancel);
        Assert.Equal(30, (await BytesAsync(caller, "/slow/30?block=10&pause=0.001")).Length);
        using var untold = await caller.GetAsync("/page/300?nolength");
        Assert.Null(untold.Content.Headers.ContentLength);
        Assert.Equal(300, (await untold.Content.ReadAsByteArrayAsync(Caller.Cancel)).Length);
        await Assert.ThrowsAsync<HttpRequestException>(() => BytesAsync(caller, "/cut/1000"));
        await Assert.ThrowsAsync<HttpRequestException>(() => BytesAsync(caller, "/reset/1000"));
    }

    [Fact]
    public async Task Letters_are_told_wrongly_where_asked_for()
    {
        await using var caller = await Caller.StartAsync();
        using var wrong = await caller.GetAsync("/charset/wrong");
        Assert.Equal("utf-8", wrong.Content.Headers.ContentType!.CharSet);
        Assert.Contains("Größe", Encoding.Latin1.GetString(await wrong.Content.ReadAsByteArrayAsync(Caller.Cancel)),
            StringComparison.Ordinal);
        using var right = await caller.GetAsync("/charset/latin1");
        Assert.Contains("Größe", await right.Content.ReadAsStringAsync(Caller.Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_with_a_path_strike_pages()
    {
        await using var caller = await Caller.StartAsync(new Script
        {
            Faults = [new Fault { Kind = FaultKind.Status, Status = 500, Path = "^/page/1" },
                new Fault { Kind = FaultKind.Half, Path = "^/text" }],
        });
        Assert.Equal(HttpStatusCode.InternalServerError, (await caller.GetAsync("/page/100")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await caller.GetAsync("/page/200")).StatusCode);
        Assert.Equal(50, (await BytesAsync(caller, "/text/100")).Length);
    }

    private static Task<byte[]> BytesAsync(Caller caller, string path) =>
        caller.Http.GetByteArrayAsync(caller.Server.Url + path, Caller.Cancel);

    private static byte[] Unpack(string encoding, byte[] packed)
    {
        using var from = new MemoryStream(packed);
        using Stream unpacker = encoding == "gzip" ? new GZipStream(from, CompressionMode.Decompress)
            : new BrotliStream(from, CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        unpacker.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
