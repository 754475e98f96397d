using Amoeba.Engine.Ports;
using Amoeba.Scheduling;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Conformance;

/// <summary>What every ledger of quotas does.</summary>
public abstract class QuotaLedgerSuite : IDisposable
{
    private const string Key = "local/llama";

    private readonly List<IQuotaLedger> _opened = [];
    private IQuotaLedger? _ledger;

    private protected WorldTime Time { get; } = new();

    private protected IQuotaLedger Ledger => _ledger ??= Another();

    private protected abstract IQuotaLedger Open();

    private protected abstract void AddParent(string parent);

    private protected abstract void RemoveParent(string parent);

    public virtual void Dispose()
    {
        foreach (var ledger in _opened)
            ledger.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Calls_go_until_the_quota_of_a_minute_is_used_and_the_next_hears_when()
    {
        AddParent("a");
        var answer = Exchange("a", new QuotaSpec(null, 2), Ask(1), Ask(2), Ask(3));
        Assert.Equal([1, 2], Granted(answer));
        var wait = Assert.Single(answer.Waiting);
        Assert.Equal((3L, QuotaReason.Requests, 2L, false), (wait.Number, wait.Why, wait.Limit, wait.Felt));

        Time.Advance(wait.In!.Value - TimeSpan.FromMicroseconds(1));
        Assert.Empty(Granted(Exchange("a", new QuotaSpec(null, 2))));
        Time.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Equal([3], Granted(Exchange("a", new QuotaSpec(null, 2))));
    }

    [Fact]
    public void One_minute_is_shared_by_all_parents()
    {
        AddParent("a");
        AddParent("b");
        Assert.Equal([1], Granted(Exchange("a", new QuotaSpec(null, 2), Ask(1))));
        Assert.Equal([1], Granted(Exchange("b", new QuotaSpec(null, 2), Ask(1), Ask(2))));
    }

    [Fact]
    public void Calls_at_once_are_counted_over_all_parents_until_they_settle()
    {
        AddParent("a");
        AddParent("b");
        Exchange("a", new QuotaSpec(1), Ask(1));
        var wait = Assert.Single(Exchange("b", new QuotaSpec(1), Ask(1)).Waiting);
        Assert.Equal((QuotaReason.Concurrency, null), (wait.Why, wait.In));
        Exchange("a", new QuotaSpec(1), batch => batch.Settled.Add(new QuotaSettlement(Key, 1, 5)));
        Assert.Equal([1], Granted(Exchange("b", new QuotaSpec(1))));
    }

    [Fact]
    public void A_parent_leaves_room_for_those_of_others_that_come_first()
    {
        AddParent("a");
        AddParent("b");
        var limits = new QuotaSpec(null, 1);
        Exchange("a", limits, Ask(1, "j"));
        Exchange("a", limits, Ask(2, "j"));
        Exchange("b", limits, Ask(1, "k"));
        Time.Advance(TimeSpan.FromSeconds(60));
        Exchange("b", limits);
        Exchange("a", limits);
        Time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Empty(Granted(Exchange("a", limits))); // k was never served
        Assert.Equal([1], Granted(Exchange("b", limits)));
    }

    [Fact]
    public void A_parent_that_was_killed_holds_nobody_up()
    {
        AddParent("a");
        AddParent("b");
        var limits = new QuotaSpec(1, 2);
        Exchange("a", limits, Ask(1), Ask(2));
        Assert.Empty(Granted(Exchange("b", limits, Ask(1))));
        RemoveParent("a");
        Assert.Equal([1], Granted(Exchange("b", limits)));
        Exchange("b", limits, batch => batch.Settled.Add(new QuotaSettlement(Key, 1, 5)));
        var wait = Assert.Single(Exchange("b", limits, Ask(2)).Waiting); // what the dead one had asked was asked
        Assert.Equal(QuotaReason.Requests, wait.Why);
    }

    [Fact]
    public void A_parent_that_falls_silent_holds_nobody_up_for_long_and_asks_anew_when_it_is_back()
    {
        AddParent("a");
        AddParent("b");
        var limits = new QuotaSpec(1);
        Exchange("a", limits, Ask(1, "j"), Ask(2, "j"));
        Exchange("b", limits, Ask(1, "k"));
        for (var second = 0; second < 60; second++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Empty(Granted(Exchange("b", limits)));
        }

        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1], Granted(Exchange("b", limits)));
        Assert.Empty(Exchange("a", limits).Waiting);
        Assert.Equal(2, Assert.Single(Exchange("a", limits, Ask(2, "j")).Waiting).Number);
    }

    [Fact]
    public void A_parent_that_is_not_there_gets_nothing() =>
        Assert.Empty(Granted(Exchange("nobody", new QuotaSpec(null, 5), Ask(1))));

    [Fact]
    public void A_call_that_was_withdrawn_takes_nothing()
    {
        AddParent("a");
        var limits = new QuotaSpec(null, 1);
        Exchange("a", limits, Ask(1), Ask(2), Ask(3));
        Exchange("a", limits, batch => batch.Withdrawn.Add((Key, 2)));
        Exchange("a", limits, batch => batch.Settled.Add(new QuotaSettlement(Key, 1, null)));
        Assert.Empty(Exchange("a", limits).Waiting);
    }

    [Fact]
    public void A_refused_call_blocks_the_key_for_all_as_long_as_the_server_said()
    {
        AddParent("a");
        AddParent("b");
        Exchange("a", QuotaSpec.None, Ask(1));
        Exchange("a", QuotaSpec.None, batch => batch.Refused.Add(
            new QuotaRefused(Key, 1, new QuotaNews(TimeSpan.FromSeconds(20)))));
        var wait = Assert.Single(Exchange("b", QuotaSpec.None, Ask(1)).Waiting);
        Assert.Equal(QuotaReason.Blocked, wait.Why);
        Assert.InRange(wait.In!.Value.TotalSeconds, 20, 21);
        Time.Advance(wait.In.Value);
        Assert.Equal([1], Granted(Exchange("b", QuotaSpec.None)));
    }

    [Fact]
    public void What_the_server_says_it_allows_counts_and_a_call_beyond_it_is_refused()
    {
        AddParent("a");
        Exchange("a", QuotaSpec.None, Ask(1, tokens: 10));
        Exchange("a", QuotaSpec.None, batch => batch.Settled.Add(
            new QuotaSettlement(Key, 1, 10, new QuotaNews(Tokens: new QuotaFigures(100)))));
        var answer = Exchange("a", QuotaSpec.None, Ask(2, tokens: 101), Ask(3, tokens: 91));
        Assert.Equal((Key, 2L, 100L), Assert.Single(answer.TooLarge));
        Assert.Equal(QuotaReason.Tokens, Assert.Single(answer.Waiting).Why);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void The_walls_clock_may_jump(int seconds)
    {
        AddParent("a");
        var limits = new QuotaSpec(null, 1);
        var left = Assert.Single(Exchange("a", limits, Ask(1), Ask(2)).Waiting).In!.Value;
        Time.Advance(TimeSpan.FromSeconds(20));
        Time.JumpWall(TimeSpan.FromSeconds(seconds));
        var wait = Assert.Single(Exchange("a", limits).Waiting);
        Assert.Equal(left - TimeSpan.FromSeconds(20), wait.In);
    }

    [Fact]
    public void A_machine_that_was_started_again_goes_by_the_walls_clock()
    {
        AddParent("a");
        var limits = new QuotaSpec(null, 1);
        var left = Assert.Single(Exchange("a", limits, Ask(1), Ask(2)).Waiting).In!.Value;
        Time.Advance(TimeSpan.FromSeconds(20));
        Time.Restart();
        Assert.Equal(left - TimeSpan.FromSeconds(20), Assert.Single(Exchange("a", limits).Waiting).In);
    }

    private protected IQuotaLedger Another()
    {
        var ledger = Open();
        _opened.Add(ledger);
        return ledger;
    }

    private protected static Action<QuotaBatch> Ask(long number, string job = "j", long tokens = 0) =>
        batch => batch.Asked.Add(new QuotaRequest(Key, number, job, tokens));

    private protected QuotaAnswer Exchange(string parent, QuotaSpec limits, params Action<QuotaBatch>[] parts)
    {
        var batch = new QuotaBatch { Keys = { [Key] = limits } };
        foreach (var part in parts)
            part(batch);
        return Ledger.Exchange(parent, batch);
    }

    private protected static IEnumerable<long> Granted(QuotaAnswer answer) => answer.Granted.Select(one => one.Number);
}
