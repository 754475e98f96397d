using System.Text;

namespace Amoeba.Stores.Sqlite;

/// <summary>A prepared statement. Values are bound, and columns are read, one after the other.</summary>
internal sealed unsafe class Statement(Db db, nint handle) : IDisposable
{
    private nint _handle = handle;
    private byte[] _text = new byte[256];
    private int _bound;
    private int _column;
    private bool _started;

    public Statement Add(long value)
    {
        Check(SqliteApi.BindLong(_handle, ++_bound, value));
        return this;
    }

    public Statement Add(long? value) => value is { } number ? Add(number) : AddNull();

    public Statement Add(double value)
    {
        Check(SqliteApi.BindDouble(_handle, ++_bound, value));
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
        fixed (byte* first = _text)
            Check(SqliteApi.BindText(_handle, ++_bound, first, length, SqliteApi.Transient));
        return this;
    }

    public Statement Add(ReadOnlySpan<byte> bytes)
    {
        // An empty span has no address, which SQLite would take for NULL.
        fixed (byte* first = bytes)
        {
            Check(bytes.IsEmpty
                ? SqliteApi.BindZeroBlob(_handle, ++_bound, 0)
                : SqliteApi.BindBlob(_handle, ++_bound, first, bytes.Length, SqliteApi.Transient));
        }

        return this;
    }

    public Statement AddNull()
    {
        Check(SqliteApi.BindNull(_handle, ++_bound));
        return this;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False where there is none; then the statement is reset.</returns>
    public bool Step()
    {
        _started = true;
        _column = 0;
        var code = SqliteApi.Step(_handle);
        if (code == SqliteApi.Row)
            return true;
        if (code == SqliteApi.Done)
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

    public bool IsNull() => SqliteApi.ColumnType(_handle, _column) == SqliteApi.Null;

    public void Skip(int columns) => _column += columns;

    public long Long() => SqliteApi.ColumnLong(_handle, _column++);

    public int Int() => (int)Long();

    public double Double() => SqliteApi.ColumnDouble(_handle, _column++);

    public string Text()
    {
        // In this order, because asking for the text is what may change its length.
        var first = SqliteApi.ColumnText(_handle, _column);
        return first is null ? Skip("") : Encoding.UTF8.GetString(first, SqliteApi.ColumnBytes(_handle, _column++));
    }

    public byte[] Bytes()
    {
        var first = SqliteApi.ColumnBlob(_handle, _column);
        return first is null ? Skip<byte[]>([])
            : new ReadOnlySpan<byte>(first, SqliteApi.ColumnBytes(_handle, _column++)).ToArray();
    }

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
        _ = SqliteApi.Reset(_handle); // repeats the error of the last step, which was reported there
    }

    public void Dispose()
    {
        _ = SqliteApi.Finish(_handle);
        _handle = 0;
    }

    private T Skip<T>(T instead)
    {
        _column++;
        return instead;
    }

    private bool Skipped()
    {
        if (!IsNull())
            return false;
        _column++;
        return true;
    }

    private void Check(int code)
    {
        if (code != SqliteApi.Ok)
            db.Check(code);
    }
}
