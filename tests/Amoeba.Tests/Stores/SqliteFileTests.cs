using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Stores;

public sealed class SqliteFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string DbPath => _folder["home/amoeba.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_there_after_reopening()
    {
        long rev;
        using (var store = SqliteStore.Open(DbPath))
        {
            store.Commit([store.Make("j")], [Rows.Task("j", 0, TaskState.Running, 1)]);
            rev = store.Rev();
        }

        using var again = SqliteStore.Open(DbPath);
        Assert.Equal(rev, again.Rev());
        Assert.Equal(TaskState.Running, again.FindTask("j", 0)!.State);
        Assert.True(again.Commit([new JobWrite("j", "p", 1, null, Rows.Status(JobState.Paused))]).Rev > rev);
    }

    [Fact]
    public void The_file_is_for_its_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        using var store = SqliteStore.Open(DbPath);
        store.Make("j");
        foreach (var path in Directory.GetFiles(_folder["home"]))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(_folder["home"]));
    }

    [Fact]
    public void Opening_to_read_makes_nothing_and_sees_what_others_write()
    {
        using (var none = SqliteStore.OpenReadOnly(DbPath))
            Assert.Empty(none.Reader.ListJobs(null, 10));
        Assert.False(Directory.Exists(_folder["home"]));
        using var store = SqliteStore.Open(DbPath);
        using var reading = SqliteStore.OpenReadOnly(DbPath);
        var before = reading.Reader.Rev();
        store.Make("j");
        Assert.True(reading.Reader.Rev() > before);
        Assert.Single(reading.Reader.ListJobs(null, 10));
    }

    [Fact]
    public void A_newer_store_is_refused_and_left_as_it_is()
    {
        SqliteStore.Open(DbPath).Dispose();
        using (var db = Raw())
        {
            db.Run("PRAGMA user_version = 99");
            db.Run("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        AssertRefused("written by a newer Amoeba", () => SqliteStore.Open(DbPath));
        AssertRefused("written by a newer Amoeba", () => SqliteStore.OpenReadOnly(DbPath));
    }

    [Fact]
    public void What_is_no_store_of_ours_is_refused_and_left_as_it_is()
    {
        Directory.CreateDirectory(_folder["home"]);
        File.WriteAllText(DbPath, "not a database, but as long as a header: " + new string('x', 100));
        AssertRefused("not an Amoeba store", () => SqliteStore.Open(DbPath));
        File.WriteAllText(DbPath, "short");
        AssertRefused("not an Amoeba store", () => SqliteStore.Open(DbPath));
        File.Delete(DbPath);
        using (var db = Db.Open(DbPath, create: true, write: true, TimeSpan.Zero))
            db.Run("CREATE TABLE recipes (name); PRAGMA user_version = 1");
        AssertRefused("not an Amoeba store", () => SqliteStore.Open(DbPath));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_damaged_store_is_refused_and_left_as_it_is(bool cutOff)
    {
        using (var store = SqliteStore.Open(DbPath))
            store.Make("j");
        using (var file = new FileStream(DbPath, FileMode.Open))
        {
            if (cutOff)
                file.SetLength(2 * 4096);
            file.Position = 4096;
            file.Write(Enumerable.Repeat((byte)0xa5, cutOff ? 0 : (int)file.Length - 4096).ToArray());
        }

        AssertRefused("is damaged", () =>
        {
            using var store = SqliteStore.Open(DbPath);
            store.ListJobs(null, 10);
        });
        AssertRefused("is damaged", () =>
        {
            using var store = SqliteStore.OpenReadOnly(DbPath);
            store.Reader.ListJobs(null, 10);
        });
    }

    [Fact]
    public void A_folder_that_takes_no_files_is_said()
    {
        using var disk = SmallDisk.Mount(_folder["home"], bytes: 1 << 20, readOnly: true);
        var refused = Assert.Throws<StoreUnusableException>(() => SqliteStore.Open(DbPath));
        Assert.Contains(DbPath, refused.Message, StringComparison.Ordinal);
        Assert.Contains("--home", refused.Message, StringComparison.Ordinal);
        using var none = SqliteStore.OpenReadOnly(DbPath);
        Assert.Empty(none.Reader.ListJobs(null, 10));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_copy_that_cannot_be_written_beside_is_read_whole(bool whileInUse, bool withIndex)
    {
        var copy = Path.Combine(Directory.CreateDirectory(_folder["copy"]).FullName, "amoeba.db");
        long rev;
        using (var store = SqliteStore.Open(DbPath))
        {
            var job = store.Make("j");
            store.Commit([job], [Rows.Task("j", 0, TaskState.Running, 1)]);
            rev = store.Rev();
            if (whileInUse) Copy(withIndex ? ["", "-wal", "-shm"] : ["", "-wal"]);
        }

        if (!whileInUse) Copy([""]);
        var files = Directory.GetFiles(_folder["copy"]);
        using var view = SmallDisk.View(_folder["copy"], at: _folder["view %41?#"]);
        using (var reading = SqliteStore.OpenReadOnly(_folder["view %41?#/amoeba.db"]))
        {
            Assert.Equal(rev, reading.Reader.Rev());
            Assert.Equal(TaskState.Running, reading.Reader.FindTask("j", 0)!.State);
            Assert.Equal(rev, reading.Reader.Rev());
        }

        Assert.Equal(files, Directory.GetFiles(_folder["copy"]));

        void Copy(string[] parts)
        {
            foreach (var part in parts) File.Copy(DbPath + part, copy + part);
        }
    }

    [Fact]
    public void What_is_read_as_frozen_is_read_anew_once_somebody_writes_it()
    {
        SqliteStore.Open(DbPath).Dispose();
        using var view = SmallDisk.View(_folder["home"], at: _folder["view"]);
        using var reading = SqliteStore.OpenReadOnly(_folder["view/amoeba.db"]);
        Assert.Empty(reading.Reader.ListJobs(null, 10));
        using (var store = SqliteStore.Open(DbPath))
        {
            store.Make("j");
            Assert.Single(reading.Reader.ListJobs(null, 10));
            store.Make("k");
            Assert.Equal(store.Rev(), reading.Reader.Rev());
            Assert.Equal(2, reading.Reader.ListJobs(null, 10).Count);
        }

        using (var store = SqliteStore.Open(DbPath)) store.Make("l");
        Assert.Equal(3, reading.Reader.ListJobs(null, 10).Count);
    }

    [Fact]
    public void On_a_full_disk_a_commit_fails_whole_and_reading_goes_on()
    {
        using var disk = SmallDisk.Mount(_folder["home"], bytes: 600 * 1024);
        using var store = SqliteStore.Open(DbPath);
        var job = store.Make("j");
        var done = 0;
        void Fill()
        {
            for (; ; done++)
                store.Commit([job], Enumerable.Range(done * 5, 5).Select(i =>
                    Rows.Task("j", i, TaskState.Running, 1) with { Error = new string('x', 4_000) }));
        }

        var failed = Assert.Throws<StoreUnusableException>(Fill);
        Assert.Contains("no room left", failed.Message, StringComparison.Ordinal);
        Assert.Equal(done * 5, store.ReadMarks("j").Count);
    }

    [Fact]
    public void Another_programs_lock_is_waited_for_and_then_said()
    {
        var options = new SqliteStoreOptions { BusyTimeout = TimeSpan.FromMilliseconds(50) };
        using var store = SqliteStore.Open(DbPath, options);
        var job = store.Make("j");
        using var db = Raw();
        db.Run("BEGIN IMMEDIATE");
        TaskRecord[] claim = [Rows.Task("j", 0, TaskState.Running, 1)];
        var busy = Assert.Throws<StoreUnusableException>(() => store.Commit([job], claim));
        Assert.Contains("locked by another program", busy.Message, StringComparison.Ordinal);
        Assert.Null(store.FindTask("j", 0)); // readers wait for nobody
        db.Run("ROLLBACK");
        Assert.Empty(store.Commit([job], claim).Rejected);
    }

    [Fact]
    public void Of_many_connections_that_race_for_a_job_one_wins_each_time()
    {
        var stores = new SqliteStore[4];
        Parallel.For(0, stores.Length, i => stores[i] = SqliteStore.Open(DbPath)); // they also race to make the file
        stores[0].Make("j");
        for (var epoch = 1; epoch < 25; epoch++)
        {
            var won = 0;
            Parallel.For(0, stores.Length, i =>
            {
                if (stores[i].Acquire("j", $"p{i}", epoch) is not null)
                    Interlocked.Increment(ref won);
            });
            Assert.Equal(1, won);
        }

        foreach (var store in stores)
            store.Dispose();
    }

    [Fact]
    public void The_audit_log_cannot_be_changed_unnoticed()
    {
        using var store = SqliteStore.Open(DbPath);
        var job = store.Make("j");
        store.Commit([job], more: batch =>
        {
            for (var i = 0; i < 4; i++)
                batch.Audits.Add(new(Rows.Noon, "me", "approve", "j", $"why {i}"));
        });
        using var db = Raw();
        Assert.Throws<InvalidOperationException>(() => db.Run("UPDATE audit SET who = 'you'"));
        Assert.Throws<InvalidOperationException>(() => db.Run("DELETE FROM audit"));
        db.Run("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened");
        db.Run("DELETE FROM audit WHERE seq = 4");
        Assert.Equal(4, store.VerifyAudit());
        db.Run("UPDATE audit SET who = 'you' WHERE seq = 2");
        Assert.Equal(2, store.VerifyAudit());
    }

    private Db Raw() => Db.Open(DbPath, create: false, write: true, TimeSpan.FromSeconds(5));

    private void AssertRefused(string why, Action open)
    {
        var before = File.ReadAllBytes(DbPath);
        var refused = Assert.Throws<StoreUnusableException>(open);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains(DbPath, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(DbPath));
        Assert.DoesNotContain(Directory.GetFiles(_folder["home"], "*-wal"), path => new FileInfo(path).Length > 0);
    }
}
