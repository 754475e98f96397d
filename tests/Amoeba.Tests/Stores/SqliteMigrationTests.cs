using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Stores;

/// <summary>A store of an earlier version, with rows in what later migrations change.</summary>
public sealed class SqliteMigrationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string DbPath => _folder["amoeba.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_store_of_the_first_version_goes_on_with_all_it_has()
    {
        MakeFirstVersion();
        using var store = SqliteStore.Open(DbPath);
        Assert.Equal(
            new ApprovalRecord("a", "j", "split", "h", DateTimeOffset.UnixEpoch,
                DateTimeOffset.UnixEpoch.AddSeconds(9)),
            store.FindApproval("j"));
        store.AddParent(Rows.Parent("q"));
        Lease caps = new(16, 0, 0, 1000);
        LeaseWant want = new(new(0, 0, 0, 700), default, new(0, 0, 0, 700));
        Assert.Equal(0, store.UpdateLease("q", want, caps, Rows.Noon).Memory); // what was granted before still is
        Assert.Equal(0, store.UpdateLease("p", default, caps, Rows.Noon).Memory);
        Assert.Equal(700, store.UpdateLease("q", want, caps, Rows.Noon).Memory);
    }

    [Fact]
    public void A_command_that_only_reads_brings_an_older_store_up_to_date_too()
    {
        MakeFirstVersion();
        using (var reading = SqliteStore.OpenReadOnly(DbPath))
            Assert.Equal("h", reading.Reader.FindApproval("j")!.Hash);
        using var db = Db.Open(DbPath, create: false, write: false, TimeSpan.FromSeconds(5));
        Assert.Equal(SqliteSchema.Version, db.Number("PRAGMA user_version"));
    }

    [Fact]
    public void Programs_that_open_an_older_store_at_once_migrate_it_once()
    {
        MakeFirstVersion();
        var stores = new SqliteStore[4];
        Parallel.For(0, stores.Length, i => stores[i] = SqliteStore.Open(DbPath));
        foreach (var store in stores)
        {
            Assert.NotNull(store.FindApproval("j"));
            store.Dispose();
        }
    }

    [Fact]
    public void There_is_one_migration_for_each_version() => Assert.Equal(SqliteSchema.Version, Migrations().Length);

    private static string[] Migrations() => [.. typeof(SqliteSchema).Assembly.GetManifestResourceNames()
        .Where(name => name.Contains(".Migrations.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private void MakeFirstVersion()
    {
        using var db = Db.Open(DbPath, create: true, write: true, TimeSpan.FromSeconds(5));
        using var text = new StreamReader(typeof(SqliteSchema).Assembly.GetManifestResourceStream(Migrations()[0])!);
        db.Run("PRAGMA journal_mode = WAL");
        db.Run(text.ReadToEnd());
        db.Run($"PRAGMA application_id = {SqliteSchema.ApplicationId}");
        db.Run("PRAGMA user_version = 1");
        db.Run("""
            INSERT INTO parents VALUES ('p', 1, 'boot', 1, 0, '0.1.0', 1);
            INSERT INTO leases VALUES ('p', 16, 0, 0, 500, 1, 0, 0, 400, 16, 0, 0, 400);
            INSERT INTO approvals (id, job, asks, hash, created, expires, rev) VALUES ('a', 'j', 'split', 'h', 0, 9000000, 1);
            """);
        db.Run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}
