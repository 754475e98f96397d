using System.Globalization;
using Amoeba.Tools.Fetch.Feeds;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Tools.Fetch;

public sealed class FeedDatesTests
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z")]
    [InlineData("Sun, 6 Nov 94 08:49 EST", "1994-11-06T13:49:00Z")]
    [InlineData("06 Nov 1994 08:49:37 -0530", "1994-11-06T14:19:37Z")]
    [InlineData("Sunday, 06 November 1994 08:49:37 PDT", "1994-11-06T15:49:37Z")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z")]
    [InlineData("Sun Nov 6 1994 08:49:37 GMT+0100 (CET)", "1994-11-06T07:49:37Z")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 +01:00", "1994-11-06T07:49:37Z")]
    [InlineData("6 Nov 1994 12:00 +12:00", "1994-11-06T00:00:00Z")]
    [InlineData("Sun, 06 Nov 1994", "1994-11-06T00:00:00Z")]
    [InlineData("Thu, 01 Jan 04 19:48:21 Z", "2004-01-01T19:48:21Z")]
    [InlineData("Sun, 31 Dec 2023 24:00:00 GMT", "2024-01-01T00:00:00Z")]
    [InlineData("2003", "2003-01-01T00:00:00Z")]
    [InlineData("2003-12", "2003-12-01T00:00:00Z")]
    [InlineData("2003-12-13", "2003-12-13T00:00:00Z")]
    [InlineData("20031213", "2003-12-13T00:00:00Z")]
    [InlineData("2003-12-13T18:30:02.25+01:00", "2003-12-13T17:30:02Z")]
    [InlineData("2003-12-13 18:30", "2003-12-13T18:30:00Z")]
    [InlineData("2003-12-13T18:30:02 PST", "2003-12-14T02:30:02Z")]
    [InlineData("20031213T183002Z", "2003-12-13T18:30:02Z")]
    [InlineData("", null)]
    [InlineData("yesterday", null)]
    [InlineData("2003-13-01", null)]
    [InlineData("Sun, 31 Feb 2024 00:00:00 GMT", null)]
    [InlineData("Sun, 06 Nov 1994 25:00:00 GMT", null)]
    [InlineData("Sun, 06 Nov 1994 08:49:37 NOWHERE", null)]
    public void A_date_as_feeds_write_it(string text, string? expected) =>
        Assert.Equal(expected, FeedDates.Text(FeedDates.Parse(text)));

    [Fact]
    public void Every_moment_comes_back_from_every_way_to_write_it() => Prop.ForAll(
        Arb.From(Gen.Choose(0, int.MaxValue)), Arb.From(Gen.Choose(-14 * 60, 14 * 60)), (seconds, minutes) =>
        {
            var date = DateTimeOffset.FromUnixTimeSeconds(seconds).ToOffset(TimeSpan.FromMinutes(minutes));
            var expected = FeedDates.Text(date);
            foreach (var format in (string[])["ddd, dd MMM yyyy HH:mm:ss zzz", "d MMM yyyy HH:mm:ss "
                + "zzz", "yyyy-MM-dd'T'HH:mm:sszzz", "O"])
                Assert.Equal(expected,
                    FeedDates.Text(FeedDates.Parse(date.ToString(format, CultureInfo.InvariantCulture))));
            Assert.Equal(expected, FeedDates.Text(FeedDates.Parse(date.ToString("r", CultureInfo.InvariantCulture))));
            Assert.Equal(expected, FeedDates.Text(FeedDates.Parse(expected)));
        }).Check(Quick);

    [Fact]
    public void No_text_is_too_odd_to_be_looked_at() =>
        Prop.ForAll<string?>(text => { _ = FeedDates.Text(FeedDates.Parse(text)); }).Check(Quick);

    [Fact]
    public void An_entry_comes_back_from_its_feed() => Prop.ForAll<string, string>((title, summary) =>
    {
        var feed =
            new System.Xml.Linq.XElement("rss", new System.Xml.Linq.XElement("channel", new System.Xml.Linq.XElement(
            "item", new System.Xml.Linq.XElement("guid", Text(title)),
                new System.Xml.Linq.XElement("description", Text(summary)))));
        using var stream =
            new MemoryStream(
                System.Text.Encoding.UTF8.GetBytes(feed.ToString(System.Xml.Linq.SaveOptions.DisableFormatting)));
        var entries = ReadAsync(stream).GetAwaiter().GetResult();
        Assert.Equal((Kept(title), Kept(summary)), (entries[0].Id ?? "", entries[0].Summary ?? ""));
    }).Check(Quick);

    private static async Task<List<FeedEntry>> ReadAsync(Stream stream)
    {
        var entries = new List<FeedEntry>();
        await foreach (var entry in await FeedReader.OpenAsync(
            stream, new Uri("https://h.example/"), null, CancellationToken.None))
            entries.Add(entry);
        return entries;
    }

    /// <summary>What XML can hold.</summary>
    private static string Text(string? text) => string.Concat((text ?? "").Where(c => c is >= ' ' and < '\uD800'));

    private static string Kept(string? text) => Text(text).Trim();
}
