using Amoeba.Engine.Records;
using Amoeba.Scheduling;
using Amoeba.Stores.Memory;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Scheduling;

namespace Amoeba.Tests.Hosting.Running.Quotas;

public sealed class QuotaWorldTests : IDisposable
{
    private const string Key = "local/llama";
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    private static readonly string[] Parents = ["a", "b", "c", "d"];

    private readonly WorldTime _time = new();
    private readonly TempFolder _folder = new();
    private readonly SqliteStore _store;
    private readonly MemoryQuotaLedger _memory;

    public QuotaWorldTests()
    {
        _store = SqliteStore.Open(_folder["amoeba.db"]);
        _memory = new MemoryQuotaLedger(_time);
        foreach (var parent in Parents)
        {
            _memory.AddParent(parent);
            _store.AddParent(new ParentRecord(parent, 1, "boot", 1, _time.GetUtcNow(), "1"));
        }
    }

    [Theory]
    [InlineData(240, 1_000_000)]
    [InlineData(100_000, 12_000)]
    public void Four_parents_on_one_SQLite_ledger_use_a_quota_up_and_none_is_refused(long requests, long tokens)
    {
        using var world = new QuotaWorld(_time, StrictestServer.Of(requests, tokens), 1);
        foreach (var parent in Parents)
            world.AddParent(parent, OnDisk).Sit("j" + parent, Key, new QuotaSpec(null, requests, tokens), 16);
        world.Play(FiveMinutes);
        Assert.Equal(0, world.Refused);
        var used = Math.Max(world.Accepted / (5.0 * requests), world.Tokens / (5.0 * tokens));
        Say(world, used);
        Assert.True(used >= 0.95, $"{used:P1} of the quota was used");
    }

    [Theory]
    [InlineData("fixed")]
    [InlineData("sliding")]
    [InlineData("bucket")]
    public void A_limit_that_nobody_configured_is_found_and_used(string kind)
    {
        const long limit = 300;
        ICountingServer server = kind switch
        {
            "fixed" => new FixedWindowServer(limit, long.MaxValue, 0),
            "sliding" => new SlidingWindowServer(limit, long.MaxValue),
            _ => new BucketServer(limit, 1 << 30, 0.1),
        };
        using var world = new QuotaWorld(_time, server, 2);
        foreach (var parent in Parents)
            world.AddParent(parent, InMemory).Sit("j" + parent, Key, QuotaSpec.None, 16);
        world.Play(TimeSpan.FromMinutes(20));
        var used = world.Accepted / (20.0 * limit);
        Say(world, used);
        Assert.True(used >= 0.8, $"{used:P1} of the limit was used");
        Assert.True(world.Refused <= 0.05 * world.Accepted, $"{world.Refused} of {world.Accepted} were refused");
    }

    [Fact]
    public void A_quota_that_was_configured_too_high_gives_way_to_what_the_server_bears()
    {
        using var world = new QuotaWorld(_time, new SlidingWindowServer(120, long.MaxValue), 3);
        foreach (var parent in Parents)
            world.AddParent(parent, InMemory).Sit("j" + parent, Key, new QuotaSpec(null, 1000), 8);
        world.Play(TimeSpan.FromMinutes(20));
        var used = world.Accepted / (20.0 * 120);
        Say(world, used);
        Assert.True(used >= 0.85, $"{used:P1} of the limit was used");
        Assert.True(world.Refused <= 0.08 * world.Accepted, $"{world.Refused} of {world.Accepted} were refused");
    }

    [Fact]
    public void Calls_at_once_that_a_server_bears_are_found()
    {
        using var world = new QuotaWorld(_time, new SlidingWindowServer(1 << 30, long.MaxValue), 4)
        {
            MostAtOnce = 6,
            LatencyMs = (900, 1100),
            WayMs = (1, 5),
        };
        foreach (var parent in Parents)
            world.AddParent(parent, InMemory).Sit("j" + parent, Key, QuotaSpec.None, 10);
        world.Play(TimeSpan.FromMinutes(20));
        var used = world.Accepted / (20.0 * 60 * 6);
        Say(world, used);
        Assert.True(used >= 0.65, $"{used:P1} of the places were used");
        Assert.True(world.Refused <= 0.05 * world.Accepted, $"{world.Refused} of {world.Accepted} were refused");
    }

    [Fact]
    public void A_storm_of_refusals_ends_with_every_call_done_and_few_asked_in_vain()
    {
        using var world = new QuotaWorld(_time, new StormyServer(_time.Micros, 600), 5) { WithRetryAfter = 0.5 };
        foreach (var parent in Parents)
            world.AddParent(parent, InMemory).Sit("j" + parent, Key, QuotaSpec.None, 50, calls: 50);
        world.Play(TimeSpan.FromHours(3));
        Say(world, (_time.Micros - world.Start) / 60e6);
        Assert.Equal(10_000, world.Accepted);
        Assert.True(world.Refused <= 1000, $"{world.Refused} were refused");
    }

    [Fact]
    public void A_job_of_2_and_one_of_200_get_as_much_where_both_want_it()
    {
        using var world =
            new QuotaWorld(_time, StrictestServer.Of(60, 1 << 30), 6) { LatencyMs = (50, 100), WayMs = (1, 5) };
        var limits = new QuotaSpec(null, 60);
        world.AddParent("a", InMemory).Sit("wide", Key, limits, 200);
        world.AddParent("b", InMemory).Sit("narrow", Key, limits, 2);
        world.Play(TimeSpan.FromMinutes(10));
        Assert.Equal(0, world.Refused);
        Say(world, world.AcceptedOf["narrow"]);
        Assert.InRange(world.AcceptedOf["narrow"], 0.4 * world.Accepted, 0.6 * world.Accepted);
        Assert.True(world.AcceptedOf["wide"] >= 0.4 * world.Accepted);
    }

    [Fact]
    public void A_parent_killed_while_it_holds_grants_gives_its_places_back_and_its_minute_stays_counted()
    {
        using var world = new QuotaWorld(_time, StrictestServer.Of(120, 1 << 30), 7);
        var limits = new QuotaSpec(8, 120);
        var dying = world.AddParent("a", OnDisk);
        dying.Sit("j", Key, limits, 30);
        world.AddParent("b", OnDisk).Sit("k", Key, limits, 10, calls: 60);
        world.At(world.Start + 10 * QuotaTiming.Second, dying.Kill);
        world.Play(TimeSpan.FromMinutes(8));
        Assert.Equal(0, world.Refused);
        Assert.Equal(600, world.AcceptedOf["k"]);
    }

    public void Dispose()
    {
        _memory.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    private SqliteQuotaLedger OnDisk() => SqliteQuotaLedger.Open(_folder["amoeba.db"], _time);

    private MemoryQuotaLedger InMemory() => _memory;

    private static void Say(QuotaWorld world, double figure) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"figure {figure:0.000}, accepted {world.Accepted}, refused {world.Refused}, exchanges {world.Exchanges}");

    /// <summary>
    /// Bears so much a minute, is out for half a minute now and then, and refuses one call in fifty for nothing.
    /// </summary>
    private sealed class StormyServer(long start, long requests) : ICountingServer
    {
        private readonly SlidingWindowServer _inner = new(requests, long.MaxValue);
        private int _calls;

        public long? Take(long at, long tokens)
        {
            var minute = (at - start) % (4 * QuotaTiming.Minute);
            if (minute < 30 * QuotaTiming.Second)
                return 2 * QuotaTiming.Second;
            return ++_calls % 200 == 0 ? QuotaTiming.Second : _inner.Take(at, tokens);
        }
    }
}
