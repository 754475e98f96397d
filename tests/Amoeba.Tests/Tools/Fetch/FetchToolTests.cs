using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Plans;
using Amoeba.StandIn;
using Amoeba.Tools.Fetch;

namespace Amoeba.Tests.Tools.Fetch;

public sealed class FetchToolTests
{
    [Theory]
    [InlineData("/text/100000")]
    [InlineData("/text/100000?encoding=gzip")]
    [InlineData("/text/100000?encoding=br")]
    [InlineData("/text/100000?encoding=deflate")]
    [InlineData("/text/100000?nolength")]
    public async Task The_bytes_come_as_they_are_however_they_were_sent(string path)
    {
        await using var rig = await FetchRig.StartAsync();
        var fetched = (await rig.GetAsync(path)).Succeeded();
        Assert.Equal(100_000, fetched.Bytes.Length);
        Assert.Contains("Amoeba/", rig.Server.Seen[0].Headers["user-agent"], StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Server.Seen[0].Headers.Keys,
            name => name.Equals("traceparent", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("latin1", "Größe café")]
    [InlineData("utf16", "Größe café")]
    [InlineData("none", "Größe café")]
    [InlineData("unknown", "Größe café")]
    [InlineData("wrong", "Gr\uFFFD\uFFFDe caf\uFFFD")]
    public async Task Text_in_another_declared_charset_becomes_utf8(string name, string expected)
    {
        await using var rig = await FetchRig.StartAsync();
        Assert.Contains($"<title>{expected}</title>",
            (await rig.GetAsync($"/charset/{name}")).Succeeded().Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/status/404", AttemptEnd.Hopeless, "404: ")]
    [InlineData("/status/410", AttemptEnd.Hopeless, "was removed for good")]
    [InlineData("/status/401", AttemptEnd.Hopeless, "headers: { Authorization")]
    [InlineData("/status/403", AttemptEnd.Hopeless, "does not allow this")]
    [InlineData("/status/418", AttemptEnd.Hopeless, "it said: status 418")]
    [InlineData("/status/500", AttemptEnd.Failed, "failed inside the server")]
    [InlineData("/status/503", AttemptEnd.Failed, "out of service")]
    [InlineData("/cut/100000", AttemptEnd.Failed, "connection lost")]
    [InlineData("/reset/100000", AttemptEnd.Failed, "connection lost")]
    [InlineData("/headers/200000", AttemptEnd.Failed, "")]
    [InlineData("/redirect/loop", AttemptEnd.Hopeless, "in a circle")]
    [InlineData("/redirect/11", AttemptEnd.Hopeless, "more than 10 redirects")]
    [InlineData("/redirect/to?url=ftp://example.com/x", AttemptEnd.Hopeless, "cannot be fetched")]
    [InlineData("/redirect/to?url=http://10.1.2.3/", AttemptEnd.Hopeless, "refused: "
        + "10.1.2.3 is an address of a private network")]
    [InlineData("/redirect/to?url=http://[::ffff:169.254.169.254]/", AttemptEnd.Hopeless, "metadata")]
    public async Task What_goes_wrong_is_said_and_ends_as_it_should(string path, object end, string words)
    {
        await using var rig = await FetchRig.StartAsync();
        (await rig.GetAsync(path)).Ended((AttemptEnd)end, words);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirects_are_followed(int status)
    {
        await using var rig = await FetchRig.StartAsync();
        Assert.Contains("<title>Page",
            (await rig.GetAsync($"/redirect/3?status={status}")).Succeeded().Text, StringComparison.Ordinal);
        Assert.Equal(4, rig.Server.Seen.Count);
        var once = FetchRig.Of(rig.Server.Url + "/redirect/1") with { Redirects = 0 };
        (await rig.RunAsync(once)).Ended(AttemptEnd.Hopeless, "redirects is 0");
    }

    [Fact]
    public async Task What_may_be_a_secret_is_not_sent_to_another_host()
    {
        await using var rig = await FetchRig.StartAsync();
        var elsewhere = $"/redirect/to?url={rig.Server.UrlOf(2)}/page/10";
        var fetch = FetchRig.Of(rig.Server.Url + elsewhere,
            ("Authorization", "Bearer s"), ("X-Key", "s"), ("Accept", "text/html"));
        (await rig.RunAsync(fetch)).Succeeded();
        var (first, second) = (rig.Server.Seen[0].Headers, rig.Server.Seen[1].Headers);
        Assert.True(first.ContainsKey("authorization"));
        Assert.Equal(("s", "text/html"), (first["x-key"], first["accept"]));
        Assert.Equal("text/html", second["accept"]);
        Assert.DoesNotContain(second.Keys, name => name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
            || name.Equals("X-Key", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_bomb_ends_at_the_size_that_is_allowed(string encoding)
    {
        await using var rig = await FetchRig.StartAsync();
        var bomb = FetchRig.Of($"{rig.Server.Url}/bomb/200?encoding={encoding}");
        (await rig.RunAsync(bomb with { MaxSize = 1 << 20 })).Ended(AttemptEnd.OverLimit, "that are allowed, unpacked");
        var fetched = await rig.RunAsync(bomb, LimitSpec.Default with { Output = 100_000 });
        Assert.Equal(100_000, fetched.Bytes.Length);
        (await rig.RunAsync(FetchRig.Of(rig.Server.Url + "/endless") with { MaxSize = 1 << 20 })).Ended(
            AttemptEnd.OverLimit, "output");
    }

    [Fact]
    public async Task A_server_that_stands_still_is_left_and_a_slow_one_is_not()
    {
        await using var rig = await FetchRig.StartAsync();
        var limits = LimitSpec.Default with { Stall = TimeSpan.FromSeconds(4) };
        (await rig.RunAsync(FetchRig.Of(rig.Server.Url + "/hang"), limits)).Ended(
            AttemptEnd.Failed, "sent nothing for 4 s");
        var slow = FetchRig.Of(rig.Server.Url + "/slow/30?block=1&pause=0.05");
        Assert.Equal(30, (await rig.RunAsync(slow, limits)).Succeeded().Bytes.Length);
    }

    [Fact]
    public async Task Being_stopped_ends_a_call_at_once()
    {
        await using var rig = await FetchRig.StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(FetchRig.Cancel);
        var call = rig.RunAsync(FetchRig.Of(rig.Server.Url + "/hang"), cancel: stop.Token);
        await rig.Server.ArrivedAsync(1, FetchRig.Cancel);
        await stop.CancelAsync();
        Assert.Equal(AttemptEnd.Stopped, (await call).End);
    }

    [Theory]
    [InlineData("/status/429?first=2&retry_after=0")]
    [InlineData("/status/503?first=1&retry_after=0")]
    public async Task A_server_that_asks_for_a_pause_gets_it_within_the_attempt(string path)
    {
        await using var rig = await FetchRig.StartAsync();
        (await rig.GetAsync(path)).Succeeded();
        Assert.Equal("host 127.0.0.1: it asked to be left alone", rig.Waits.Heard[0]);
        Assert.Equal("goes on", rig.Waits.Heard[^1]);
    }

    [Fact]
    public async Task A_pause_that_is_too_long_or_comes_too_often_fails_the_attempt()
    {
        await using var rig = await FetchRig.StartAsync(new FetchOptions { MostWaits = 2 });
        (await rig.GetAsync("/status/429?retry_after=3600")).Ended(AttemptEnd.Failed, "left alone for 3600 s");
        (await rig.GetAsync("/status/429?retry_after=99999999999")).Ended(
            AttemptEnd.Failed, "left alone for 31536000 s");
        (await rig.GetAsync("/status/429?retry_after=0")).Ended(
            AttemptEnd.Failed, "asked for a pause 3 times in a row");
    }

    [Fact]
    public async Task A_certificate_that_nobody_signed_is_refused_in_words()
    {
        await using var rig = await FetchRig.StartAsync(server: new ModelServerOptions { Https = true });
        (await rig.GetAsync("/page/10")).Ended(AttemptEnd.Hopeless, "certificate: that of 127.0.0.1");
    }

    [Theory]
    [InlineData("example.com", "no http:// or https:// address")]
    [InlineData("file:///etc/passwd", "no http:// or https:// address")]
    [InlineData("http://me:secret@127.0.0.1/", "***@127.0.0.1")]
    [InlineData("http://127.0.0.1:1/x ", "blanks")]
    public async Task An_address_from_an_item_that_is_none_fails_its_task_in_words(string url, string words)
    {
        await using var rig = await FetchRig.StartAsync();
        var fetched = await rig.RunAsync(FetchRig.Of(url));
        fetched.Ended(AttemptEnd.Hopeless, words);
        Assert.DoesNotContain("secret", fetched.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_and_no_such_host_are_told_apart()
    {
        await using var rig = await FetchRig.StartAsync();
        var free = await ModelServer.StartAsync(cancel: FetchRig.Cancel);
        await free.DisposeAsync();
        (await rig.RunAsync(FetchRig.Of(free.Url))).Ended(AttemptEnd.Failed, "connection refused: nothing listens");
        (await rig.RunAsync(FetchRig.Of("http://no-such-host.invalid/"))).Ended(AttemptEnd.Failed, "host not found");
    }

    [Fact]
    public async Task A_header_that_cannot_be_sent_is_not_repeated()
    {
        await using var rig = await FetchRig.StartAsync();
        var fetched = await rig.RunAsync(FetchRig.Of(rig.Server.Url, ("X-Key", "secret\nHost: x")));
        fetched.Ended(AttemptEnd.Hopeless, "header X-Key");
        Assert.DoesNotContain("secret", fetched.Error, StringComparison.Ordinal);
        Assert.Empty(rig.Server.Seen);
    }

    [Fact]
    public async Task Loopback_can_be_turned_off()
    {
        await using var rig = await FetchRig.StartAsync(new FetchOptions { Loopback = false });
        (await rig.GetAsync("/page/10")).Ended(AttemptEnd.Hopeless, "fetch.loopback");
        (await rig.RunAsync(FetchRig.Of($"http://localhost:{rig.Server.Port}/") with { Private = true }))
            .Ended(AttemptEnd.Hopeless, "fetch.loopback");
        Assert.Empty(rig.Server.Seen);
    }

    [Fact]
    public async Task A_proxy_is_used_for_other_machines_and_may_be_on_this_one()
    {
        await using var rig = await FetchRig.StartAsync(new FetchOptions { Loopback = false }, asProxy: true);
        (await rig.RunAsync(FetchRig.Of("http://no-such-host.invalid/page/10"))).Succeeded();
        Assert.Equal("no-such-host.invalid", Assert.Single(rig.Server.Seen).Headers["host"]);
        (await rig.GetAsync("/page/10")).Ended(AttemptEnd.Hopeless, "fetch.loopback");
        (await rig.RunAsync(FetchRig.Of("http://10.0.0.1/page/10"))).Ended(AttemptEnd.Hopeless, "private network");
        (await rig.RunAsync(FetchRig.Of("http://0xa9fea9fe/page/10") with { Private = true })).Ended(
            AttemptEnd.Hopeless, "metadata");
        Assert.Single(rig.Server.Seen);
    }

    [Fact]
    public async Task A_batch_gives_its_answers_one_after_the_other()
    {
        await using var rig = await FetchRig.StartAsync();
        var both = new BoundFetch([new(rig.Server.Url + "/json/1", []), new(rig.Server.Url + "/json/2", [])]);
        var lines = (await rig.RunAsync(both)).Succeeded().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        var feeds = new BoundFetch(
            [new(rig.Server.Url + "/feed/a", []), new(rig.Server.Url + "/feed/b?kind=atom", [])])
        { Feed = true };
        using var entries = System.Text.Json.JsonDocument.Parse((await rig.RunAsync(feeds)).Succeeded().Bytes);
        Assert.Equal(6, entries.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task What_did_not_change_comes_from_the_cache()
    {
        await using var rig = await FetchRig.StartAsync();
        foreach (var path in (string[])["/page/5000?etag=v1", "/page/5000?modified=2024-01-01", "/feed/a?etag=v"])
        {
            rig.Server.ForgetSeen();
            var first = (await rig.GetAsync(path)).Succeeded();
            var second = (await rig.GetAsync(path)).Succeeded();
            Assert.Equal(first.Bytes, second.Bytes);
            Assert.Contains(rig.Server.Seen[1].Headers.Keys, name => name is "if-none-match" or "if-modified-since");
        }
    }

    [Fact]
    public async Task What_changed_is_fetched_and_replaces_what_was_kept()
    {
        await using var rig = await FetchRig.StartAsync();
        for (var i = 0; i < 3; i++) (await rig.GetAsync("/page/100?etag=first:1")).Succeeded();
        Assert.Equal("\"new\"", rig.Server.Seen[2].Headers["if-none-match"]);
    }

    [Fact]
    public async Task What_was_got_where_more_may_be_reached_is_not_given_where_less_may()
    {
        await using var rig = await FetchRig.StartAsync();
        var url = rig.Server.Url + "/page/100?etag=v";
        (await rig.RunAsync(FetchRig.Of(url) with { Private = true })).Succeeded();
        (await rig.RunAsync(FetchRig.Of(url))).Succeeded();
        (await rig.RunAsync(FetchRig.Of(url))).Succeeded();
        Assert.DoesNotContain("if-none-match", rig.Server.Seen[1].Headers.Keys);
        Assert.Contains("if-none-match", rig.Server.Seen[2].Headers.Keys);
    }

    [Fact]
    public async Task Nothing_is_kept_of_calls_that_say_who_asks_or_that_the_plan_keeps_out()
    {
        await using var rig = await FetchRig.StartAsync();
        var url = rig.Server.Url + "/page/100?etag=v";
        foreach (var fetch in (BoundFetch[])[FetchRig.Of(url, ("Authorization", "x")),
            FetchRig.Of(url) with { Cache = false }])
        {
            (await rig.RunAsync(fetch)).Succeeded();
            (await rig.RunAsync(fetch)).Succeeded();
        }

        Assert.DoesNotContain(rig.Server.Seen, seen => seen.Headers.ContainsKey("if-none-match"));
    }

    [Fact]
    public async Task Fifty_hosts_are_asked_at_once_and_one_host_is_spared()
    {
        await using var rig = await FetchRig.StartAsync(server: new ModelServerOptions { Addresses = 50 });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(FetchRig.Cancel);
        Task<Fetched> Hang(int host) => rig.RunAsync(FetchRig.Of(rig.Server.UrlOf(host) + "/hang"), cancel: stop.Token);
        var apart = Enumerable.Range(1, 50).Select(Hang).ToList();
        await rig.Server.ArrivedAsync(50, FetchRig.Cancel);
        Assert.Empty(rig.Waits.Heard);

        var together = Enumerable.Range(0, 10).Select(_ => Hang(1)).ToList();
        await rig.Server.ArrivedAsync(55, FetchRig.Cancel);
        Assert.Equal(Enumerable.Repeat("host 127.0.0.1: 6 calls at once", 5), rig.Waits.Heard);
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(apart.Concat(together)),
            fetched => Assert.Equal(AttemptEnd.Stopped, fetched.End));
    }

    [Theory]
    [InlineData("rss")]
    [InlineData("atom")]
    [InlineData("rdf")]
    public async Task A_feed_gives_its_entries(string kind)
    {
        await using var rig = await FetchRig.StartAsync();
        var text = (await rig.FeedAsync($"/feed/news?kind={kind}&encoding=gzip")).Succeeded().Text;
        using var entries = System.Text.Json.JsonDocument.Parse(text);
        var first = entries.RootElement[0];
        Assert.Equal(3, entries.RootElement.GetArrayLength());
        Assert.Equal("first of news", first.GetProperty("title").GetString());
        Assert.EndsWith("/page/500", first.GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal("2024-05-06T07:08:09Z",
            (first.GetProperty("published").GetString() ?? first.GetProperty("updated").GetString()));
        Assert.Equal(9, first.EnumerateObject().Count());
    }

    [Theory]
    [InlineData("/page/500", "it is an HTML page and no feed")]
    [InlineData("/json/5", "no JSON Feed")]
    [InlineData("/text/500", "it begins neither with < nor with {")]
    public async Task What_is_no_feed_is_said_to_be_none(string path, string words)
    {
        await using var rig = await FetchRig.StartAsync();
        (await rig.FeedAsync(path)).Ended(AttemptEnd.Hopeless, words);
    }

    [Fact]
    public async Task A_feed_of_ten_megabytes_is_read_as_it_comes()
    {
        await using var rig = await FetchRig.StartAsync();
        var fetched = (await rig.FeedAsync("/feed/big?entries=40000")).Succeeded();
        Assert.Equal(40_000, fetched.Text.AsSpan().Count("\"title\":"));
        Assert.True(Encoding.UTF8.GetByteCount(fetched.Text) > 8_000_000);
    }
}
