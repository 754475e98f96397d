using System.Collections.Concurrent;
using Amoeba.Engine.Ports;
using Amoeba.Hosting.Running.Quotas;
using Amoeba.Scheduling;
using Amoeba.Stores.Memory;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Running.Quotas;

public sealed class QuotaDeskTests : IDisposable
{
    private const string Key = "local/llama";

    private readonly WorldTime _time = new();
    private readonly MemoryQuotaLedger _ledger;
    private readonly QuotaDesk _desk;
    private int _opened;
    private int _woken;

    public QuotaDeskTests()
    {
        _ledger = new MemoryQuotaLedger(_time);
        _ledger.AddParent("me");
        _desk = new QuotaDesk("me", Open, _time, () => _woken++);
    }

    [Fact]
    public async Task A_key_without_a_quota_never_comes_to_the_ledger()
    {
        var grant =
            await _desk.ReserveAsync(Ask(QuotaSpec.None),
                NoAttemptWaits.Instance, TestContext.Current.CancellationToken);
        _desk.Settle(grant, new QuotaUse(10));
        Assert.Equal((0, 0, null), (_opened, _woken, _desk.RunOnce()));
    }

    [Fact]
    public async Task A_key_without_a_quota_comes_to_the_ledger_once_something_was_refused()
    {
        var grant = await Reserve(QuotaSpec.None);
        _desk.Throttled(grant, new QuotaNews(TimeSpan.FromSeconds(7)));
        _desk.RunOnce();
        var waits = new Waits();
        var next = Reserve(QuotaSpec.None, waits);
        _desk.RunOnce();
        Assert.False(next.IsCompleted);
        Assert.Equal("quota local/llama: its server asked to wait", waits.Last.What);
        Assert.InRange((waits.Last.Until!.Value - _time.GetUtcNow()).TotalSeconds, 7, 8);
        _time.Advance(TimeSpan.FromSeconds(8));
        _desk.RunOnce();
        Assert.True(next.IsCompletedSuccessfully);
        Assert.Equal(("goes on", null), waits.Last);
    }

    [Fact]
    public void It_says_what_is_waited_for_and_sleeps_no_longer_than_until_then()
    {
        Reserve(new QuotaSpec(null, 1));
        var waits = new Waits();
        Reserve(new QuotaSpec(null, 1), waits);
        _desk.RunOnce();
        Assert.Equal("quota local/llama: 1 request a minute", waits.Last.What);
        var left = waits.Last.Until!.Value - _time.GetUtcNow();
        _time.Advance(left - TimeSpan.FromMilliseconds(100));
        Assert.Equal(TimeSpan.FromMilliseconds(100), _desk.RunOnce());
        Assert.Single(waits.All);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_while_it_waits_takes_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var limits = new QuotaSpec(1, 2);
        var first = Reserve(limits);
        var waits = new Waits();
        var second = _desk.ReserveAsync(Ask(limits), waits, cancel.Token).AsTask();
        _desk.RunOnce();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(("goes on", null), waits.Last);
        _desk.RunOnce();
        _desk.Settle(await first, new QuotaUse(10));
        var third = Reserve(limits);
        _desk.RunOnce();
        Assert.True(third.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_call_larger_than_a_minute_is_refused_at_once_in_words()
    {
        var problem = await Assert.ThrowsAsync<QuotaTooSmallException>(() => Reserve(new QuotaSpec(null, null, 9)));
        Assert.Contains("may be asked for 9 tokens a minute, and this call may take 10", problem.Message);
        Assert.Equal(0, _woken);
    }

    [Fact]
    public async Task A_grant_ends_once()
    {
        var limits = new QuotaSpec(1);
        var first = Reserve(limits);
        _desk.RunOnce();
        var grant = await first;
        _desk.Settle(grant, new QuotaUse(10));
        _desk.Settle(grant, new QuotaUse(10));
        _desk.Throttled(grant, new QuotaNews(TimeSpan.FromHours(1)));
        var second = Reserve(limits);
        var third = Reserve(limits);
        _desk.RunOnce();
        Assert.True(second.IsCompletedSuccessfully);
        Assert.False(third.IsCompleted);
    }

    [Fact]
    public async Task Who_waits_hears_when_the_ledger_cannot_be_written()
    {
        using var desk = new QuotaDesk("me", () => throw new StoreUnusableException("full"), _time, () => { });
        var waiting =
            desk.ReserveAsync(Ask(new QuotaSpec(1)), NoAttemptWaits.Instance, TestContext.Current.CancellationToken)
                .AsTask();
        Assert.Throws<StoreUnusableException>(() => desk.RunOnce());
        await Assert.ThrowsAsync<StoreUnusableException>(() => waiting);
    }

    [Fact]
    public async Task The_loop_lets_a_call_go_when_its_turn_has_come()
    {
        using var time = new ManualTime();
        using var ledger = new MemoryQuotaLedger(time);
        ledger.AddParent("me");
        var failed = new ConcurrentQueue<Exception>();
        using var loop = new QuotaLoop("me", () => ledger, time, failed.Enqueue);
        var limits = new QuotaSpec(null, 1);
        var cancel = TestContext.Current.CancellationToken;
        await loop.ReserveAsync(Ask(limits), NoAttemptWaits.Instance, cancel);
        var second = loop.ReserveAsync(Ask(limits), NoAttemptWaits.Instance, cancel).AsTask();
        while (!second.IsCompleted)
        {
            await Task.WhenAny(second, time.TimerSetAsync());
            time.Advance(TimeSpan.FromMilliseconds(250)); // no shorter than any of the loop's waits
        }

        Assert.True(time.GetUtcNow() - ManualTime.Start >= TimeSpan.FromMinutes(1));
        Assert.Empty(failed);
    }

    public void Dispose()
    {
        _desk.Dispose();
        _ledger.Dispose();
    }

    private static QuotaAsk Ask(QuotaSpec limits) => new(Key, "j", 10, limits);

    private Task<QuotaGrant> Reserve(QuotaSpec limits, IAttemptWaits? waits = null) =>
        _desk.ReserveAsync(Ask(limits), waits ?? NoAttemptWaits.Instance, TestContext.Current.CancellationToken)
            .AsTask();

    private MemoryQuotaLedger Open()
    {
        _opened++;
        return _ledger;
    }

    private sealed class Waits : IAttemptWaits
    {
        public List<(string What, DateTimeOffset? Until)> All { get; } = [];

        public (string What, DateTimeOffset? Until) Last => All[^1];

        public void WaitsFor(string what, DateTimeOffset? until) => All.Add((what, until));

        public void GoesOn() => All.Add(("goes on", null));
    }
}
