using Amoeba.Engine.Ports;

namespace Amoeba.Stores.Sqlite;

/// <summary>
/// Answers in the store's file, over a connection of their own: jobs never wait for them but for the moment of a
/// write, and their transactions are not flushed, because losing one costs a download. For the same reason a store
/// that cannot be read or written here is a cache that has nothing; that it cannot is told by whoever needs it.
/// </summary>
internal sealed class SqliteFetchCache : IFetchCache, IDisposable
{
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(2);

    /// <summary>A use is written down when the last one that was is this old.</summary>
    private static readonly TimeSpan UseStep = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Db? _db;
    private readonly FetchCacheLimits _limits;
    private readonly TimeProvider _time;

    private SqliteFetchCache(Db? db, FetchCacheLimits limits, TimeProvider time)
    {
        _db = db;
        _limits = limits;
        _time = time;
    }

    /// <summary>Opens the cache of a store that is there.</summary>
    public static SqliteFetchCache Open(string path, FetchCacheLimits limits, TimeProvider time)
    {
        Db? db = null;
        try
        {
            db = Db.Open(path, create: false, write: true, Busy);
            db.Run("PRAGMA synchronous = NORMAL");
            db.Run("PRAGMA cache_size = -1024");
            return new SqliteFetchCache(db, limits, time);
        }
        catch (StoreUnusableException)
        {
            db?.Dispose();
            return new SqliteFetchCache(null, limits, time);
        }
    }

    public FetchCacheEntry? Find(string key) => Try(db => db
        .Use("SELECT stored, fresh_until, etag, last_modified, content_type FROM fetch_answers WHERE key = ?").Add(key)
        .First(row => new FetchCacheEntry(
            row.Time(), row.TimeOrNull(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull())));

    public byte[]? Read(string key, FetchCacheEntry entry) => Try(db =>
    {
        var now = _time.GetUtcNow();
        var body = db
            .Use("""
                SELECT body FROM fetch_bodies WHERE id = (SELECT id FROM fetch_answers WHERE key = ? AND stored = ?)
                """)
            .Add(key).Add(entry.Stored).First(row => row.Bytes());
        var found = db.Use("SELECT id FROM fetch_answers WHERE key = ? AND used < ?").Add(key).Add(now - UseStep);
        var isOld = found.Step();
        found.Reset();
        if (body is not null && isOld)
            db.Write(() => db.Use("UPDATE fetch_answers SET used = ? WHERE key = ?").Add(now).Add(key).Run());
        return body;
    });

    public void Put(string key, FetchCacheEntry entry, ReadOnlySpan<byte> body)
    {
        var size = FetchCacheSize.Of(body.Length);
        if (_db is null || body.Length > _limits.BodyBytes || size > _limits.Bytes) return;
        lock (_lock)
        {
            try
            {
                Put(_db, key, entry, body, size);
            }
            catch (StoreUnusableException)
            {
                // Not kept; the next call fetches it.
            }
        }
    }

    public void Confirm(string key, FetchCacheEntry entry, DateTimeOffset? freshUntil) => Try<object>(db =>
    {
        db.Write(() => db.Use("UPDATE fetch_answers SET fresh_until = ?, used = ? WHERE key = ? AND stored = ?")
            .Add(freshUntil).Add(_time.GetUtcNow()).Add(key).Add(entry.Stored).Run());
        return null;
    });

    public int Prune(DateTimeOffset unusedSince)
    {
        var pruned = 0;
        Try<object>(db =>
        {
            pruned = db.Write(() => db.Use("DELETE FROM fetch_answers WHERE used < ?").Add(unusedSince).Run());
            return null;
        });
        return pruned;
    }

    public void Dispose()
    {
        lock (_lock) _db?.Dispose();
    }

    private void Put(Db db, string key, FetchCacheEntry entry, ReadOnlySpan<byte> body, long size)
    {
        db.Use("BEGIN IMMEDIATE").Run();
        try
        {
            db.Use("DELETE FROM fetch_answers WHERE key = ?").Add(key).Run();
            db.Use("""
                INSERT INTO fetch_answers (key, stored, fresh_until, etag, last_modified, content_type, used, size)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
                .Add(key).Add(entry.Stored).Add(entry.FreshUntil).Add(entry.ETag).Add(entry.LastModified)
                .Add(entry.ContentType).Add(_time.GetUtcNow()).Add(size).Run();
            db.Use("INSERT INTO fetch_bodies (id, body) VALUES (?, ?)").Add(db.LastId).Add(body).Run();
            while (db.Number("SELECT bytes FROM fetch_size") > _limits.Bytes) DropOldest(db, key);
            db.Use("COMMIT").Run();
        }
        catch
        {
            db.Rollback();
            throw;
        }
    }

    private static void DropOldest(Db db, string but) => db
        .Use("""
            DELETE FROM fetch_answers WHERE id IN (SELECT id FROM fetch_answers WHERE key <> ? ORDER BY used, id LIMIT 1)
            """)
        .Add(but).Run();

    private T? Try<T>(Func<Db, T?> work)
        where T : class
    {
        if (_db is null) return null;
        lock (_lock)
        {
            try
            {
                return work(_db);
            }
            catch (StoreUnusableException)
            {
                return null;
            }
        }
    }
}
