using System.Runtime.InteropServices;
using System.Text;

namespace Amoeba.Stores.Sqlite;

/// <summary>
/// One connection, used by one thread at a time. It speaks to SQLite without ADO: a commit binds thousands of values,
/// and a command line that only asks a question should not load a database framework.
/// </summary>
internal sealed unsafe class Db : IDisposable
{
    private readonly nint _handle;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private bool _disposed;

    private Db(nint handle, string path)
    {
        _handle = handle;
        Path = path;
    }

    public string Path { get; }

    public int Changes => SqliteApi.Changes(_handle);

    public long LastId => SqliteApi.LastInsertRowId(_handle);

    public static Db Open(string path, bool create, bool write, TimeSpan busy) => Open(
        path, path,
        (write ? SqliteApi.OpenReadWrite : SqliteApi.OpenReadOnly) | (create ? SqliteApi.OpenCreate : 0), busy);

    /// <param name="name">As SQLite is told: the path, or an address of it.</param>
    /// <param name="path">The file.</param>
    /// <param name="flags">Of opening.</param>
    /// <param name="busy">How long others' locks are waited for.</param>
    /// <param name="system">The name of SQLite's way to files and locks; null is the usual one.</param>
    public static Db Open(string name, string path, int flags, TimeSpan busy, string? system = null)
    {
        SqliteLibrary.EnsureLoaded();
        OpenFiles.Add(path);
        nint handle;
        int code;
        fixed (byte* named = Utf8(name), by = system is null ? null : Utf8(system))
            code = SqliteApi.Open(named, &handle, flags | SqliteApi.OpenNoMutex, by);
        var db = new Db(handle, path);
        try
        {
            db.Check(code);
            db.Check(SqliteApi.BusyTimeout(handle, (int)busy.TotalMilliseconds));
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
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_statements.TryGetValue(sql, out var statement))
            _statements[sql] = statement = new Statement(this, Prepare(sql));

        statement.Reset();
        return statement;
    }

    /// <summary>Runs one or several statements that give no rows.</summary>
    public void Run(string sql)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        fixed (byte* text = Utf8(sql))
        {
            for (var next = text; *next != 0;)
            {
                nint prepared;
                Check(SqliteApi.Prepare(_handle, next, -1, &prepared, &next));
                try
                {
                    // What is only blank or a comment prepares to nothing.
                    if (prepared != 0
                        && SqliteApi.Step(prepared) is var code and not SqliteApi.Row and not SqliteApi.Done)
                        Check(code);
                }
                finally
                {
                    _ = SqliteApi.Finish(prepared);
                }
            }
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
        if (code != SqliteApi.Ok)
        {
            var said = Marshal.PtrToStringUTF8((nint)SqliteApi.ErrorMessage(_handle));
            throw SqliteErrors.Of(SqliteApi.ExtendedErrorCode(_handle), said ?? "", Path);
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
        _ = SqliteApi.Close(_handle);
        OpenFiles.Remove(Path);
    }

    private nint Prepare(string sql)
    {
        nint prepared;
        fixed (byte* text = Utf8(sql))
            Check(SqliteApi.Prepare(_handle, text, -1, &prepared, null));
        return prepared;
    }

    private static byte[] Utf8(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>
    /// Undoes the open transaction. SQLite ends it by itself on some errors (a full
    /// disk): then nothing is left to undo.
    /// </summary>
    public void Rollback()
    {
        ResetAll();
        if (SqliteApi.GetAutoCommit(_handle) == 0)
            Use("ROLLBACK").Run();
    }
}
