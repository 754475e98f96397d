using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Stores.Memory;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Conformance;

/// <summary>What every cache of fetched answers does.</summary>
public abstract class FetchCacheSuite : IDisposable
{
    private readonly ManualTime _time = new();

    private protected ManualTime Time => _time;

    private protected abstract IFetchCache Open(FetchCacheLimits limits);

    public virtual void Dispose()
    {
        _time.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void What_was_put_is_found_and_what_replaces_it_counts()
    {
        var cache = Open(new FetchCacheLimits());
        Assert.Null(cache.Find("k"));
        var first =
            Entry() with { FreshUntil = ManualTime.Start.AddHours(1), LastModified = "m", ContentType = "text/plain" };
        cache.Put("k", first, "one"u8);
        Assert.Equal(first, cache.Find("k"));
        Assert.Equal("one", Text(cache, "k", first));
        _time.Advance(TimeSpan.FromSeconds(1));
        var second = Entry() with { ETag = null, LastModified = null };
        cache.Put("k", second, ""u8);
        Assert.Equal(second, cache.Find("k"));
        Assert.Equal("", Text(cache, "k", second));
        Assert.Null(cache.Read("k", first));
    }

    [Fact]
    public void An_answer_that_still_holds_is_fresh_for_longer_unless_it_was_replaced()
    {
        var cache = Open(new FetchCacheLimits());
        var entry = Entry();
        cache.Put("k", entry, "x"u8);
        cache.Confirm("k", entry, ManualTime.Start.AddDays(1));
        Assert.Equal(ManualTime.Start.AddDays(1), cache.Find("k")!.FreshUntil);
        cache.Confirm("k", entry with { Stored = ManualTime.Start.AddDays(-1) }, null);
        cache.Confirm("missing", entry, null);
        Assert.Equal(ManualTime.Start.AddDays(1), cache.Find("k")!.FreshUntil);
    }

    [Fact]
    public void What_was_not_used_for_longest_goes_when_there_is_no_room()
    {
        var cache = Open(new FetchCacheLimits(Bytes: 4000, BodyBytes: 2000));
        foreach (var key in (string[])["a", "b", "c"])
        {
            cache.Put(key, Entry(), new byte[700]);
            _time.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.NotNull(cache.Read("a", cache.Find("a")!));
        _time.Advance(TimeSpan.FromMinutes(2));
        cache.Put("d", Entry(), new byte[700]);
        Assert.Equal(["a", "c", "d"], new[] { "a", "b", "c", "d" }.Where(key => cache.Find(key) is not null));
        cache.Put("e", Entry(), new byte[2001]);
        Assert.Null(cache.Find("e"));
    }

    [Fact]
    public void What_was_not_used_since_is_pruned()
    {
        var cache = Open(new FetchCacheLimits());
        cache.Put("old", Entry(), "x"u8);
        _time.Advance(TimeSpan.FromDays(2));
        cache.Put("new", Entry(), "x"u8);
        Assert.Equal(1, cache.Prune(_time.GetUtcNow().AddDays(-1)));
        Assert.Null(cache.Find("old"));
        Assert.NotNull(cache.Find("new"));
    }

    [Fact]
    public void Many_at_once_get_whole_answers()
    {
        var cache = Open(new FetchCacheLimits(Bytes: 200_000));
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var key = $"k{i % 20}";
            cache.Put(key, Entry() with { Stored = ManualTime.Start.AddSeconds(i) },
                Encoding.UTF8.GetBytes(new string((char)('a' + (i % 20)), 5000)));
            if (cache.Find(key) is { } entry && cache.Read(key, entry) is { } body)
                Assert.Equal(new string((char)('a' + (i % 20)), 5000), Encoding.UTF8.GetString(body));
        });
    }

    private FetchCacheEntry Entry() => new(_time.GetUtcNow(), null, "\"e\"", null, null);

    private static string Text(IFetchCache cache, string key, FetchCacheEntry entry) =>
        Encoding.UTF8.GetString(cache.Read(key, entry)!);
}

public sealed class MemoryFetchCacheTests : FetchCacheSuite
{
    private protected override IFetchCache Open(FetchCacheLimits limits) => new MemoryFetchCache(limits, Time);
}

public sealed class SqliteFetchCacheTests : FetchCacheSuite
{
    private readonly TempFolder _folder = new();
    private readonly List<IDisposable> _open = [];

    private protected override IFetchCache Open(FetchCacheLimits limits)
    {
        var path = _folder["amoeba.db"];
        using (SqliteStore.Open(path))
        {
        }

        var cache = SqliteFetchCache.Open(path, limits, Time);
        _open.Add(cache);
        return cache;
    }

    [Fact]
    public void Two_parents_share_it_and_it_outlives_them()
    {
        var first = Open(new FetchCacheLimits());
        var second = Open(new FetchCacheLimits());
        var entry = new FetchCacheEntry(ManualTime.Start, null, "\"e\"", null, null);
        first.Put("k", entry, "x"u8);
        Assert.NotNull(second.Read("k", second.Find("k")!));
        second.Put("k", entry with { ETag = "\"f\"" }, "y"u8);
        Assert.Equal("\"f\"", first.Find("k")!.ETag);
        foreach (var cache in _open) cache.Dispose();
        Assert.Equal("y"u8.ToArray(), Open(new FetchCacheLimits()).Read("k", entry));
    }

    [Fact]
    public void A_store_that_cannot_be_opened_is_a_cache_that_has_nothing()
    {
        using var cache = SqliteFetchCache.Open(_folder["missing.db"], new FetchCacheLimits(), Time);
        cache.Put("k", new FetchCacheEntry(ManualTime.Start, null, "e", null, null), "x"u8);
        Assert.Null(cache.Find("k"));
        Assert.Equal(0, cache.Prune(ManualTime.Start));
    }

    public override void Dispose()
    {
        foreach (var cache in _open) cache.Dispose();
        base.Dispose();
        _folder.Dispose();
    }
}
