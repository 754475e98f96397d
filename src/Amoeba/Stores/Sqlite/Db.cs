using SQLitePCL;

namespace Amoeba.Stores.Sqlite;

/// <summary>
/// One connection, used by one thread at a time. It speaks to SQLite without ADO: a commit binds thousands of values,
/// and a command line that only asks a question should not load a database framework.
/// </summary>
internal sealed class Db : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private bool _disposed;

    private Db(sqlite3 handle, string path)
    {
        _handle = handle;
        Path = path;
    }

    public string Path { get; }

    public int Changes => raw.sqlite3_changes(_handle);

    public long LastId => raw.sqlite3_last_insert_rowid(_handle);

    public static Db Open(string path, bool create, bool write, TimeSpan busy)
    {
        SqliteLibrary.EnsureLoaded();
        var flags = (write ? raw.SQLITE_OPEN_READWRITE : raw.SQLITE_OPEN_READONLY)
            | (create ? raw.SQLITE_OPEN_CREATE : 0) | raw.SQLITE_OPEN_NOMUTEX;
        OpenFiles.Add(path);
        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        var db = new Db(handle, path);
        try
        {
            db.Check(code);
            db.Check(raw.sqlite3_busy_timeout(handle, (int)busy.TotalMilliseconds));
            return db;
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    /// <summary>The prepared statement of a text, ready for its first value. It is prepared once.</summary>
    public Statement Use(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            Check(raw.sqlite3_prepare_v2(_handle, sql, out var prepared));
            _statements[sql] = statement = new Statement(this, prepared);
        }

        statement.Reset();
        return statement;
    }

    /// <summary>Runs one or several statements that give no rows.</summary>
    public void Run(string sql)
    {
        while (!string.IsNullOrWhiteSpace(sql))
        {
            Check(raw.sqlite3_prepare_v2(_handle, sql, out var prepared, out var rest));
            using (prepared)
            {
                var code = raw.sqlite3_step(prepared);
                if (code is not raw.SQLITE_ROW and not raw.SQLITE_DONE)
                    Check(code);
            }

            sql = rest;
        }
    }

    public long Number(string sql)
    {
        var statement = Use(sql);
        var value = statement.Step() ? statement.Long() : 0;
        statement.Reset();
        return value;
    }

    /// <summary>Runs the work in one transaction that takes the write lock at once; an exception undoes it.</summary>
    public T Write<T>(Func<T> work)
    {
        var result = default(T);
        TryWrite(() =>
        {
            result = work();
            return true;
        });
        return result!;
    }

    /// <summary>As <see cref="Write"/>, but nothing is written where the work says false.</summary>
    public bool TryWrite(Func<bool> work)
    {
        Use("BEGIN IMMEDIATE").Run();
        try
        {
            if (work())
            {
                Use("COMMIT").Run();
                return true;
            }

            Rollback();
            return false;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>Runs the work on one snapshot.</summary>
    public T Read<T>(Func<T> work)
    {
        Use("BEGIN").Run();
        try
        {
            return work();
        }
        finally
        {
            Rollback();
        }
    }

    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            var said = raw.sqlite3_errmsg(_handle).utf8_to_string();
            throw SqliteErrors.Of(raw.sqlite3_extended_errcode(_handle), said, Path);
        }
    }

    /// <summary>Ends every reading that was left in the middle, so that no snapshot is held.</summary>
    public void ResetAll()
    {
        foreach (var statement in _statements.Values)
            statement.Reset();
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _handle.Dispose();
        OpenFiles.Remove(Path);
    }

    // SQLite ends the transaction by itself on some errors (a full disk): then there is nothing left to roll back.
    private void Rollback()
    {
        ResetAll();
        if (raw.sqlite3_get_autocommit(_handle) == 0)
            Use("ROLLBACK").Run();
    }
}
