using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Stores.Sqlite;

/// <summary>
/// The store in one SQLite file (write-ahead log, synchronous=FULL), shared by any number of programs on this machine.
/// One connection writes; reads have their own, see <see cref="SqliteReader"/>.
/// </summary>
internal sealed partial class SqliteStore : IStore
{
    /// <summary>Rows that one transaction of a deletion removes, so that nobody waits long for it.</summary>
    private const int DeletionBatch = 20_000;

    private readonly Lock _lock = new();
    private readonly Db _db;
    private readonly SqliteCommit _commit;
    private readonly SqliteReader _reader;

    private SqliteStore(Db db, SqliteStoreOptions options)
    {
        _db = db;
        _commit = new SqliteCommit(db);
        _reader = new SqliteReader(db.Path, options);
    }

    public bool IsDurable => true;

    /// <summary>Opens the store, or makes it where there is none.</summary>
    /// <exception cref="StoreUnusableException">It is damaged, newer, not ours, or not writable.
    /// It was not touched.</exception>
    public static SqliteStore Open(string path, SqliteStoreOptions? options = null)
    {
        options ??= new SqliteStoreOptions();
        var isNew = SqliteSchema.Look(path) < SqliteSchema.Version;
        if (isNew)
            SqliteFiles.Make(path);
        var db = Db.Open(path, create: isNew, write: true, options.BusyTimeout);
        try
        {
            SqliteSchema.Prepare(db, isNew);
            return new SqliteStore(db, options);
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a store for commands that only read. Nothing is made: a missing one reads as empty. One of an earlier
    /// version is brought up to date first.
    /// </summary>
    /// <exception cref="StoreUnusableException">As <see cref="Open"/>.</exception>
    public static StoreReading OpenReadOnly(string path, SqliteStoreOptions? options = null)
    {
        var version = SqliteSchema.Look(path);
        if (version == 0)
            return new StoreReading(new Memory.MemoryStore());
        if (version < SqliteSchema.Version)
            Open(path, options).Dispose();
        var reader = new SqliteReader(path, options ?? new SqliteStoreOptions());
        return new StoreReading(reader);
    }

    public CommitResult Commit(CommitBatch batch)
    {
        if (batch.IsEmpty)
            return new CommitResult(Rev(), []);
        lock (_lock)
        {
            _commit.Rejected.Clear();
            while (!_db.TryWrite(() => _commit.TryWrite(batch)))
            {
            }

            _commit.Remember(batch);
            return new CommitResult(_commit.Rev, _commit.Rejected.Count == 0 ? [] : _commit.Rejected.ToList());
        }
    }

    public long? Acquire(string job, string parent, long epoch) => Write<long?>(() => _db
        .Use("""
            UPDATE jobs SET owner = ?, epoch = epoch + 1, rev = (SELECT rev + 1 FROM meta) WHERE id = ? AND epoch = ?
            """)
        .Add(parent).Add(job).Add(epoch).Run() == 1 ? epoch + 1 : null);

    public void Release(string job, string parent, long epoch) => Write(() => _db
        .Use("""
            UPDATE jobs SET owner = NULL, rev = (SELECT rev + 1 FROM meta) WHERE id = ? AND owner = ? AND epoch = ?
            """)
        .Add(job).Add(parent).Add(epoch).Run());

    public void AddParent(ParentRecord parent) => Write(() => _db
        .Use("""
            INSERT OR REPLACE INTO parents (id, pid, boot, start_time, started, version, space, rev)
            VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT rev + 1 FROM meta))
            """)
        .Add(parent.Id).Add(parent.Pid).Add(parent.Boot).Add(parent.StartTime).Add(parent.Started)
        .Add(parent.Version).Add(parent.Space).Run());

    public void RemoveParent(string parent) => Write(() =>
    {
        _db.Use("DELETE FROM children WHERE parent = ?").Add(parent).Run();
        return _db.Use("DELETE FROM parents WHERE id = ?").Add(parent).Run(); // its lease goes with it
    });

    public void AddRequest(RequestRecord request) => Write(() => _db
        .Use("""
            INSERT OR IGNORE INTO requests (id, job, kind, argument, by_whom, created, answer, rev)
            VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT rev + 1 FROM meta))
            """)
        .Add(request.Id).Add(request.Job).Add(request.Kind).Add(request.Argument).Add(request.By).Add(request.Created)
        .Add(request.Answer).Run());

    public Lease UpdateLease(string parent, LeaseWant want, Lease caps, DateTimeOffset now)
    {
        lock (_lock)
        {
            return _db.Write(() =>
            {
                if (_db.Use("SELECT id FROM parents WHERE id = ?").Add(parent).First(row => row.Text()) is null)
                    return default;
                var rows = _db.Use("SELECT * FROM leases").List(OtherRows.Holding);
                var (may, row) = LeaseShare.Grant(parent, want, rows, caps, now);
                if (!rows.Contains(row)) // a parent asks often, and a write costs a flush of the disk
                    _db.Use(OtherRows.PutLease).AddHolding(row).Run();
                return may;
            });
        }
    }

    public IReadOnlyList<DateTimeOffset> TakeTurns(PacedKind kind, int wanted, SpawnPace pace, DateTimeOffset now)
    {
        lock (_lock)
        {
            return _db.Write(() =>
            {
                _db.Use("DELETE FROM spawn_turns WHERE kind = ? AND (at < ? OR at > ?)")
                    .Add(Names.Of(kind)).Add(now - SpawnLine.Memory).Add(now + SpawnLine.Farthest(pace)).Run();
                var newest = _db.Use("SELECT at FROM spawn_turns WHERE kind = ? ORDER BY at DESC LIMIT ?")
                    .Add(Names.Of(kind)).Add(pace.Most).List(row => row.Time());
                var next = SpawnLine.Next(newest, wanted, pace, now);
                foreach (var at in next)
                    _db.Use("INSERT INTO spawn_turns (kind, at) VALUES (?, ?)").Add(Names.Of(kind)).Add(at).Run();
                return next;
            });
        }
    }

    public void DeleteJob(string job)
    {
        while (Write(() => DeleteSome(job)))
        {
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        lock (_lock)
            _db.Dispose();
    }

    /// <returns>True while there is more of it.</returns>
    private bool DeleteSome(string job)
    {
        var found = _db.Use("SELECT key FROM jobs WHERE id = ?").Add(job);
        long? there = found.Step() ? found.Long() : null;
        found.Reset();
        if (there is { } key)
        {
            var deleted = _db.Use("""
                DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE id BETWEEN ? AND ? LIMIT ?)
                """)
                .Add(TaskRows.Id(key, 0)).Add(TaskRows.Id(key, int.MaxValue)).Add(DeletionBatch).Run();
            deleted += _db.Use("""
                DELETE FROM task_changes WHERE job = ? AND rev IN (SELECT rev FROM task_changes WHERE job = ? LIMIT ?)
                """)
                .Add(key).Add(key).Add(DeletionBatch).Run();
            if (deleted > 0)
                return true;
        }

        foreach (var table in new[] { "children", "approvals", "requests" })
            _db.Use($"DELETE FROM {table} WHERE job = ?").Add(job).Run();
        _db.Use("DELETE FROM jobs WHERE id = ?").Add(job).Run(); // its texts go with it
        return false;
    }

    private T Write<T>(Func<T> work)
    {
        lock (_lock)
        {
            return _db.Write(() =>
            {
                var result = work();
                _db.Use("UPDATE meta SET rev = rev + 1").Run();
                return result;
            });
        }
    }
}
