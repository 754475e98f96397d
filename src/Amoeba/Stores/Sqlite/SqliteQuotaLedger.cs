using Amoeba.Engine.Ports;
using Amoeba.Scheduling;

namespace Amoeba.Stores.Sqlite;

/// <summary>
/// The ledger in the store's file, over a connection of its own. It does not wait for the disk (synchronous=NORMAL):
/// what is committed outlives the process at once, and a power cut ends the calls it counted as well. Nor does it move
/// the log into the file, which takes long; the store's commits do that.
/// </summary>
internal sealed class SqliteQuotaLedger : IQuotaLedger
{
    /// <summary>Only a parent that commits nothing for very long comes to this.</summary>
    private const int CheckpointPages = 32_000;

    private const long ForgetEvery = 60 * QuotaTiming.Minute;

    private readonly Db _db;
    private readonly TimeProvider _time;
    private long _forgotAt = long.MinValue / 2;

    private SqliteQuotaLedger(Db db, TimeProvider time)
    {
        _db = db;
        _time = time;
    }

    /// <summary>Opens the ledger of a store that is there already.</summary>
    public static SqliteQuotaLedger Open(string path, TimeProvider time, SqliteStoreOptions? options = null)
    {
        var db = Db.Open(path, create: false, write: true, (options ?? new SqliteStoreOptions()).BusyTimeout);
        try
        {
            db.Run("PRAGMA synchronous = NORMAL");
            db.Run("PRAGMA foreign_keys = ON");
            db.Run($"PRAGMA wal_autocheckpoint = {CheckpointPages}");
            return new SqliteQuotaLedger(db, time);
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    public QuotaAnswer Exchange(string parent, QuotaBatch batch) => _db.Write(() =>
    {
        if (_db.Use("SELECT id FROM parents WHERE id = ?").Add(parent).First(row => row.Text()) is null)
            return new QuotaAnswer();
        var now = GoOn();
        _db.Use("INSERT OR REPLACE INTO quota_parents (parent, seen) VALUES (?, ?)").Add(parent).Add(now).Run();
        var seen = _db.Use("SELECT parent, seen FROM quota_parents")
            .List(row => (Parent: row.Text(), Seen: row.Long())).ToDictionary(row => row.Parent, row => row.Seen);
        var answer = new QuotaAnswer();
        foreach (var (key, limits) in batch.Keys)
            Exchange(key, limits, parent, now, batch, seen, answer);
        ForgetUnused(now);
        return answer;
    });

    public void Dispose() => _db.Dispose();

    // Inside the transaction: processes that wait for it must not bring times from before it.
    private long GoOn()
    {
        var row = _db.Use("SELECT now, machine, wall FROM quota_clock");
        row.Step();
        var clock = new QuotaClock(row.Long(), row.Long(), row.Long());
        row.Reset();
        clock = clock.GoOn(_time);
        _db.Use("UPDATE quota_clock SET now = ?, machine = ?, wall = ?")
            .Add(clock.Now).Add(clock.Machine).Add(clock.Wall).Run();
        return clock.Now;
    }

    private void Exchange(
        string key, QuotaSpec limits, string parent, long now, QuotaBatch batch,
        IReadOnlyDictionary<string, long> seen, QuotaAnswer answer)
    {
        var stored = _db.Use("SELECT state FROM quota_keys WHERE key = ?").Add(key).First(row => row.Bytes());
        var state = stored is null ? new QuotaState() : QuotaState.Read(stored);
        var tickets = _db
            .Use("SELECT parent, number, job, tokens, came, granted FROM quota_tickets WHERE key = ?").Add(key)
            .List(row => new QuotaTicket(row.Text(), row.Long(), row.Text(), row.Long(), row.Long(), row.LongOrNull()));
        var account = new QuotaAccount(key, parent, limits, now, state, tickets);
        account.Exchange(batch, seen, answer);
        foreach (var gone in account.Removed)
            _db.Use("DELETE FROM quota_tickets WHERE key = ? AND parent = ? AND number = ?")
                .Add(key).Add(gone.Parent).Add(gone.Number).Run();
        foreach (var ticket in account.Written.Values)
            _db.Use("INSERT OR REPLACE INTO quota_tickets (key, parent, number, job, tokens, came, "
                + "granted) VALUES (?, ?, ?, ?, ?, ?, ?)")
                .Add(key).Add(ticket.Parent).Add(ticket.Number).Add(ticket.Job).Add(ticket.Tokens).Add(ticket.Came)
                .Add(ticket.Granted).Run();
        if (account.IsTouched || stored is null)
            _db.Use("INSERT OR REPLACE INTO quota_keys (key, state, used) VALUES (?, ?, ?)")
                .Add(key).Add(state.Write()).Add(now).Run();
    }

    private void ForgetUnused(long now)
    {
        if (now - _forgotAt < ForgetEvery)
            return;
        _forgotAt = now;
        _db.Use("DELETE FROM quota_keys WHERE used < ?").Add(now - QuotaPatience.Unused).Run();
    }
}
