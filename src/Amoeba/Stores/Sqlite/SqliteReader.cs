using System.Buffers.Binary;
using System.Collections.Concurrent;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Sqlite;

/// <summary>
/// The read side: pooled connections of its own, so that readers and the writer never wait for each other.
/// </summary>
internal sealed class SqliteReader(string path, SqliteStoreOptions options) : IStoreReader, IDisposable
{
    private readonly ConcurrentBag<Db> _pool = [];
    private readonly Lock _revLock = new();
    private Db? _revDb;
    private long _revSeen = -1;
    private long _rev;
    private volatile FrozenFile? _frozen;
    private bool _disposed;

    public long Rev()
    {
        lock (_revLock)
        {
            try
            {
                if (_frozen is null)
                    return RevSeen();
            }
            catch (StoreUnusableException refused) when (refused.IsReadOnly && Freeze())
            {
            }
        }

        return Ask(db => db.Number("SELECT rev FROM meta"));
    }

    public StoredJob? FindJob(string id) =>
        Ask(db => db.Use(JobRows.Select + "WHERE id = ?").Add(id).First(JobRows.Read));

    public IReadOnlyList<string> FindJobIds(string prefix, int limit) => Ask(db => db
        .Use("SELECT id FROM jobs WHERE id >= ? AND id < ? ORDER BY id LIMIT ?")
        .Add(prefix).Add(prefix + "\U0010FFFF").Add(limit).List(row => row.Text()));

    public IReadOnlyList<StoredJob> ListJobs(IReadOnlyCollection<JobState>? states, int limit)
    {
        // State words are ours and hold nothing that could be read as SQL.
        var words = states?.Select(state => $"'{Names.Of(state)}'");
        var only = words is null ? "" : $"WHERE state IN ({string.Join(", ", words)}) ";
        return Ask(db => db.Use(JobRows.Select + only + "ORDER BY created DESC, key DESC LIMIT ?")
            .Add(limit).List(JobRows.Read));
    }

    public IReadOnlyList<TaskRecord> ReadTasks(string job, int from, int limit, TaskState? state = null) => Ask(db =>
    {
        if (Key(db, job) is not { } key)
            return [];
        var which = state switch
        {
            null => "",
            TaskState.Succeeded => "state = 2 AND ",
            _ => $"state <> 2 AND state = {(int)state} AND ",
        };
        return db.Use($"SELECT {TaskRows.Columns} FROM tasks WHERE {which}id BETWEEN ? AND ? ORDER BY id LIMIT ?")
            .Add(TaskRows.Id(key, from)).Add(TaskRows.Id(key, int.MaxValue)).Add(limit)
            .List(row => TaskRows.Read(row, job));
    });

    public TaskChanges ReadTasksSince(string job, long rev, int limit) => Ask(db => db.Read(() =>
    {
        var now = db.Number("SELECT rev FROM meta");
        if (Key(db, job) is not { } key)
            return new TaskChanges([], now);
        var rows = new List<TaskRecord>();
        var commits = db.Use("SELECT rev, ordinals FROM task_changes WHERE job = ? AND rev > ? ORDER BY rev")
            .Add(key).Add(rev);
        while (commits.Step())
        {
            var commit = commits.Long();
            AddRowsOf(db, job, key, commit, commits.Bytes(), rows);
            if (rows.Count < limit)
                continue;
            commits.Reset();
            return new TaskChanges(rows, commit);
        }

        return new TaskChanges(rows, now);
    }));

    public TaskRecord? FindTask(string job, int ordinal) => Ask(db => Key(db, job) is { } key
        ? db.Use($"SELECT {TaskRows.Columns} FROM tasks WHERE id = ?").Add(TaskRows.Id(key, ordinal))
            .First(row => TaskRows.Read(row, job))
        : null);

    public IReadOnlyList<TaskMark> ReadMarks(string job) => Ask(db => Key(db, job) is { } key
        ? db.Use("SELECT id, items, state FROM tasks WHERE id BETWEEN ? AND ?")
            .Add(TaskRows.Id(key, 0)).Add(TaskRows.Id(key, int.MaxValue))
            .List(row => new TaskMark((int)(row.Long() & uint.MaxValue), row.Int(), (TaskState)row.Int()))
        : []);

    public IReadOnlyList<ChildRecord> ListChildren() => Ask(db => db
        .Use(
            "SELECT id, job, parent, cell, state, pid, started, waits_for, waits_until, "
                + "warning FROM children ORDER BY started, id")
        .List(OtherRows.Child));

    public IReadOnlyList<ParentRecord> ListParents() => Ask(db => db
        .Use("SELECT id, pid, boot, start_time, started, version, space FROM parents ORDER BY started, id")
        .List(OtherRows.Parent));

    public ApprovalRecord? FindApproval(string job) => Ask(db => db
        .Use("""
            SELECT id, job, asks, hash, created, expires, expires_into, answer, children, answered, by_whom
            FROM approvals
            WHERE job = ? ORDER BY seq DESC LIMIT 1
            """)
        .Add(job).First(OtherRows.Approval));

    public IReadOnlyList<RequestRecord> ListOpenRequests(string? job) => Ask(db => job is null
        ? db.Use(OtherRows.SelectRequest + "WHERE answer IS NULL ORDER BY seq").List(OtherRows.Request)
        : db.Use(OtherRows.SelectRequest + "WHERE answer IS NULL AND job = ? ORDER BY seq")
            .Add(job).List(OtherRows.Request));

    public RequestRecord? FindRequest(string id) => Ask(db =>
        db.Use(OtherRows.SelectRequest + "WHERE id = ?").Add(id).First(OtherRows.Request));

    public IReadOnlyList<AuditRecord> ListAudit(string? job, int limit) => Ask(db => job is null
        ? db.Use("SELECT at, who, what, job, why FROM audit ORDER BY seq DESC LIMIT ?").Add(limit).List(OtherRows.Audit)
        : db.Use("SELECT at, who, what, job, why FROM audit WHERE job = ? ORDER BY seq DESC LIMIT ?")
            .Add(job).Add(limit).List(OtherRows.Audit));

    public long? VerifyAudit() => Ask(db => db.Read<long?>(() =>
    {
        var (before, expected) = (AuditChain.Start, 0L);
        var entries = db.Use("SELECT at, who, what, job, why, hash, seq FROM audit ORDER BY seq");
        while (entries.Step())
        {
            expected++;
            var hash = AuditChain.Next(before, OtherRows.Audit(entries));
            if (!entries.Bytes().AsSpan().SequenceEqual(hash) || entries.Long() != expected)
            {
                entries.Reset();
                return expected;
            }

            before = hash;
        }

        var head = db.Use("SELECT audit_head FROM meta").First(row => row.Bytes());
        return before.AsSpan().SequenceEqual(head) ? null : expected + 1;
    }));

    public IReadOnlyList<JobFigures> ListFigures(DateTimeOffset since) => Ask(db => db
        .Use(JobRows.SelectFigures).Add(since).List(JobRows.ReadFigures));

    public IReadOnlyList<string> ListEndedJobs(DateTimeOffset before, int keep, int limit) => Ask(db => db
        .Use("""
            SELECT id FROM jobs WHERE finished < ? AND state IN ('succeeded', 'failed', 'cancelled')
              AND key NOT IN (SELECT key FROM jobs ORDER BY created DESC, key DESC LIMIT ?)
            ORDER BY finished LIMIT ?
            """)
        .Add(before).Add(keep).Add(limit).List(row => row.Text()));

    public void Dispose()
    {
        _disposed = true;
        lock (_revLock)
            _revDb?.Dispose();
        while (_pool.TryTake(out var db))
            db.Dispose();
    }

    private static long? Key(Db db, string job)
    {
        var found = db.Use("SELECT key FROM jobs WHERE id = ?").Add(job);
        if (!found.Step())
            return null;
        var key = found.Long();
        found.Reset();
        return key;
    }

    /// <summary>The rows that this commit was the last to write; those written since come with their own.</summary>
    private static void AddRowsOf(Db db, string job, long key, long commit, byte[] ordinals, List<TaskRecord> rows)
    {
        for (var at = 0; at < ordinals.Length; at += 4)
        {
            var row = db.Use($"SELECT {TaskRows.Columns} FROM tasks WHERE id = ? AND rev = ?")
                .Add(TaskRows.Id(key, BinaryPrimitives.ReadInt32LittleEndian(ordinals.AsSpan(at)))).Add(commit)
                .First(found => TaskRows.Read(found, job));
            if (row is not null)
                rows.Add(row);
        }
    }

    // data_version tells without reading a page whether any other connection wrote since.
    private long RevSeen()
    {
        _revDb ??= Open();
        var seen = _revDb.Number("PRAGMA data_version");
        if (seen == _revSeen)
            return _rev;
        _rev = _revDb.Number("SELECT rev FROM meta");
        _revSeen = seen;
        return _rev;
    }

    private T Ask<T>(Func<Db, T> ask)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (true)
        {
            var frozen = _frozen;
            try
            {
                if (frozen is null)
                    return AskPooled(ask);
                using var db = frozen.Open(path);
                var answer = ask(db);
                if (FrozenFile.Of(path) == frozen)
                    return answer;
                _frozen = null;
            }
            catch (StoreUnusableException refused) when (refused.IsReadOnly && frozen is null && Freeze())
            {
            }
            catch (StoreUnusableException) when (frozen is not null && FrozenFile.Of(path) != frozen)
            {
                _frozen = null;
            }
        }
    }

    private T AskPooled<T>(Func<Db, T> ask)
    {
        if (!_pool.TryTake(out var db))
            db = Open();
        try
        {
            return ask(db);
        }
        finally
        {
            db.ResetAll();
            _pool.Add(db);
        }
    }

    private bool Freeze()
    {
        var frozen = FrozenFile.Of(path);
        if (frozen.HasIndex || frozen.Length < 0)
            return false;
        _frozen = frozen;
        return true;
    }

    private Db Open() => Db.Open(path, create: false, write: false, options.BusyTimeout);
}
