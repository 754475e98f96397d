using System.Text;
using SQLitePCL;

namespace Amoeba.Stores.Sqlite;

/// <summary>A prepared statement. Values are bound, and columns are read, one after the other.</summary>
internal sealed class Statement(Db db, sqlite3_stmt handle) : IDisposable
{
    private byte[] _text = new byte[256];
    private int _bound;
    private int _column;
    private bool _started;

    public Statement Add(long value)
    {
        Check(raw.sqlite3_bind_int64(handle, ++_bound, value));
        return this;
    }

    public Statement Add(long? value) => value is { } number ? Add(number) : AddNull();

    public Statement Add(double value)
    {
        Check(raw.sqlite3_bind_double(handle, ++_bound, value));
        return this;
    }

    public Statement Add(double? value) => value is { } number ? Add(number) : AddNull();

    public Statement Add(DateTimeOffset? time) => time is { } value ? Add(StoreTime.Of(value)) : AddNull();

    public Statement Add(string? text)
    {
        if (text is null)
            return AddNull();
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (most > _text.Length)
            _text = new byte[Math.Max(most, _text.Length * 2)];
        var length = Encoding.UTF8.GetBytes(text, _text);
        // An empty span has no address, which SQLite would take for NULL.
        Check(length == 0
            ? raw.sqlite3_bind_text(handle, ++_bound, "")
            : raw.sqlite3_bind_text(handle, ++_bound, _text.AsSpan(0, length)));
        return this;
    }

    public Statement Add(ReadOnlySpan<byte> bytes)
    {
        Check(bytes.IsEmpty
            ? raw.sqlite3_bind_zeroblob(handle, ++_bound, 0)
            : raw.sqlite3_bind_blob(handle, ++_bound, bytes));
        return this;
    }

    public Statement AddNull()
    {
        Check(raw.sqlite3_bind_null(handle, ++_bound));
        return this;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False where there is none; then the statement is reset.</returns>
    public bool Step()
    {
        _started = true;
        _column = 0;
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code == raw.SQLITE_DONE)
        {
            Reset();
            return false;
        }

        try
        {
            Check(code);
        }
        finally
        {
            Reset();
        }

        return false;
    }

    /// <summary>Runs to the end and says how many rows it wrote.</summary>
    public int Run()
    {
        while (Step())
        {
        }

        return db.Changes;
    }

    /// <summary>Every row, made by <paramref name="row"/>.</summary>
    public List<T> List<T>(Func<Statement, T> row)
    {
        var rows = new List<T>();
        while (Step())
            rows.Add(row(this));
        return rows;
    }

    /// <summary>The first row, or null.</summary>
    public T? First<T>(Func<Statement, T> row)
        where T : class
    {
        var found = Step() ? row(this) : null;
        Reset();
        return found;
    }

    public bool IsNull() => raw.sqlite3_column_type(handle, _column) == raw.SQLITE_NULL;

    public void Skip(int columns) => _column += columns;

    public long Long() => raw.sqlite3_column_int64(handle, _column++);

    public int Int() => (int)Long();

    public double Double() => raw.sqlite3_column_double(handle, _column++);

    public string Text() => raw.sqlite3_column_text(handle, _column++).utf8_to_string() ?? "";

    public byte[] Bytes() => raw.sqlite3_column_blob(handle, _column++).ToArray();

    public DateTimeOffset Time() => StoreTime.Of(Long());

    public long? LongOrNull() => Skipped() ? null : Long();

    public int? IntOrNull() => Skipped() ? null : Int();

    public double? DoubleOrNull() => Skipped() ? null : Double();

    public string? TextOrNull() => Skipped() ? null : Text();

    public byte[]? BytesOrNull() => Skipped() ? null : Bytes();

    public DateTimeOffset? TimeOrNull() => Skipped() ? null : Time();

    public void Reset()
    {
        _bound = 0;
        _column = 0;
        if (!_started)
            return;
        _started = false;
        _ = raw.sqlite3_reset(handle); // repeats the error of the last step, which was reported there
    }

    public void Dispose() => handle.Dispose();

    private bool Skipped()
    {
        if (!IsNull())
            return false;
        _column++;
        return true;
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            db.Check(code);
    }
}
