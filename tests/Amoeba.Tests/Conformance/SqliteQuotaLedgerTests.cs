using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Scheduling;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Conformance;

public sealed class SqliteQuotaLedgerTests : QuotaLedgerSuite
{
    private readonly TempFolder _folder = new();
    private readonly SqliteStore _store;

    public SqliteQuotaLedgerTests() => _store = SqliteStore.Open(_folder["amoeba.db"]);

    [Fact]
    public void Rows_are_there_only_while_calls_wait_or_are_under_way_and_a_key_only_while_it_is_used()
    {
        AddParent("a");
        var limits = new QuotaSpec(null, 5, 1000);
        for (var number = 1; number <= 5; number++)
            Exchange("a", limits, Ask(number, tokens: 10));
        Assert.Equal(5, Count("quota_tickets"));
        for (var number = 1; number <= 5; number++)
            Exchange("a", limits, batch => batch.Settled.Add(new QuotaSettlement("local/llama", number, 10)));
        Assert.Equal((0, 1), (Count("quota_tickets"), Count("quota_keys")));
        Time.Advance(TimeSpan.FromHours(25));
        Ledger.Exchange("a", new QuotaBatch());
        Assert.Equal(0, Count("quota_keys"));
    }

    [Fact]
    public void Another_connection_goes_on_where_the_first_was_cut_off()
    {
        AddParent("a");
        AddParent("b");
        var limits = new QuotaSpec(null, 1);
        Exchange("a", limits, Ask(1));
        using var other = Open();
        var batch = new QuotaBatch { Keys = { ["local/llama"] = limits } };
        batch.Asked.Add(new QuotaRequest("local/llama", 1, "k", 0));
        Assert.Equal(QuotaReason.Requests, Assert.Single(other.Exchange("b", batch).Waiting).Why);
    }

    [Fact]
    public async Task Several_that_write_at_once_never_pass_the_quota_together()
    {
        var limits = new QuotaSpec(null, 40);
        string[] parents = ["a", "b", "c", "d"];
        foreach (var parent in parents)
            AddParent(parent);
        var granted = await Task.WhenAll(parents.Select(parent => Task.Run(() =>
        {
            using var ledger = Open();
            return Enumerable.Range(1, 25).Sum(number =>
            {
                var batch = new QuotaBatch { Keys = { ["local/llama"] = limits } };
                batch.Asked.Add(new QuotaRequest("local/llama", number, parent, 0));
                return ledger.Exchange(parent, batch).Granted.Count;
            });
        })));
        var all = granted.Sum();
        Assert.InRange(all, 10, 40);
        for (var second = 1; second < 60; second++) // what goes beyond a job's share is spaced over the minute
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            all += parents.Sum(parent => Granted(Exchange(parent, limits)).Count());
        }

        Assert.Equal(40, all);
    }

    private protected override IQuotaLedger Open() => SqliteQuotaLedger.Open(_folder["amoeba.db"], Time);

    private protected override void AddParent(string parent) =>
        _store.AddParent(new ParentRecord(parent, 1, "boot", 1, Time.GetUtcNow(), "1"));

    private protected override void RemoveParent(string parent) => _store.RemoveParent(parent);

    public override void Dispose()
    {
        base.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    private int Count(string table)
    {
        using var db = Db.Open(_folder["amoeba.db"], create: false, write: false, TimeSpan.FromSeconds(5));
        return (int)db.Number($"SELECT count(*) FROM {table}");
    }
}
