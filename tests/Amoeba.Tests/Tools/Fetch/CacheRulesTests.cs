using System.Net;
using Amoeba.Engine.Ports;
using Amoeba.Tools.Fetch;

namespace Amoeba.Tests.Tools.Fetch;

public sealed class CacheRulesTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("max-age=60", null, 60)]
    [InlineData("max-age=60", "20", 40)]
    [InlineData("max-age=60", "60", null)]
    [InlineData("max-age=60, no-cache", null, null)]
    [InlineData("max-age=0", null, null)]
    [InlineData("public", null, null)]
    [InlineData("max-age=31536000", null, 86400)]
    public void Only_what_the_server_promises_is_fresh_and_at_most_a_day(string control, string? age, int? seconds)
    {
        using var response = Answer(("Cache-Control", control), ("Age", age), ("ETag", "\"a\""));
        Assert.Equal(seconds, (CacheRules.FreshUntil(response, Now) - Now)?.TotalSeconds);
    }

    [Fact]
    public void What_cannot_be_asked_about_or_must_not_be_kept_is_not()
    {
        using var plain = Answer();
        using var secret = Answer(("Cache-Control", "no-store"), ("ETag", "\"a\""));
        using var varies = Answer(("Vary", "*"), ("ETag", "\"a\""));
        using var missing = Answer(("ETag", "\"a\""));
        missing.StatusCode = HttpStatusCode.NotFound;
        using var kept = Answer(("ETag", "W/\"a\""));
        Assert.All((HttpResponseMessage[])[plain, secret, varies, missing],
            response => Assert.Null(CacheRules.EntryOf(response, Now)));
        Assert.Equal("W/\"a\"", CacheRules.EntryOf(kept, Now)!.ETag);
    }

    [Fact]
    public void An_answer_of_the_future_is_asked_about()
    {
        FetchCacheEntry Kept(DateTimeOffset stored) => new(stored, stored.AddHours(1), null, null, null);
        Assert.True(CacheRules.IsFresh(Kept(Now), Now));
        Assert.False(CacheRules.IsFresh(Kept(Now.AddYears(1)), Now));
        Assert.False(CacheRules.IsFresh(Kept(Now.AddHours(-2)), Now));
    }

    [Fact]
    public void The_key_tells_calls_apart_and_shows_nothing_of_them()
    {
        var url = new Uri("https://a.example/x?token=secret");
        string? Key(params (string Name, string Value)[] headers) =>
            CacheRules.KeyOf(
                url, [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))], "page");
        Assert.DoesNotContain("secret", Key()!, StringComparison.Ordinal);
        Assert.Equal(Key(("Accept", "a"), ("accept-language", "b")), Key(("Accept-Language", "b"), ("accept", "a")));
        Assert.NotEqual(Key(), Key(("Accept", "a")));
        Assert.NotEqual(Key(), CacheRules.KeyOf(url, [], "feed"));
        Assert.Null(Key(("Authorization", "a")));
        Assert.Null(Key(("X-Api-Key", "a")));
    }

    private static HttpResponseMessage Answer(params (string Name, string? Value)[] headers)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("") };
        foreach (var (name, value) in headers)
        {
            if (value is not null) response.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }
}
