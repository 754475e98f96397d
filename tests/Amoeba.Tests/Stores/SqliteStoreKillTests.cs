using System.Globalization;
using Amoeba.Jobs;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Stores;

public sealed class SqliteStoreKillTests
{
    [Fact]
    public async Task A_writer_that_is_killed_loses_nothing_it_acknowledged()
    {
        using var folder = new TempFolder();
        using var programs = new Programs();
        var path = folder["amoeba.db"];
        using (var store = SqliteStore.Open(path))
            store.Make("j");
        using var reader = SqliteStore.OpenReadOnly(path);
        for (var round = 0; round < 3; round++)
        {
            var seen = reader.Reader.ReadMarks("j").Count;
            var writer = programs.Start(StoreWriterMode.Start(path));
            await writer.Sink.Saw(string.Create(CultureInfo.InvariantCulture, $"\n{seen + 100};"));
            Assert.NotEmpty(reader.Reader.ReadTasks("j", 0, 10, TaskState.Succeeded)); // while it writes
            writer.Program.Kill();
            await writer.Exit();
            var acknowledged = writer.Stdout.Split(";\n")[^2];

            using var store = SqliteStore.Open(path);
            var marks = store.ReadMarks("j").OrderBy(mark => mark.Ordinal).ToList();
            Assert.Equal(Enumerable.Range(0, marks.Count), marks.Select(mark => mark.Ordinal));
            var last = int.Parse(acknowledged, CultureInfo.InvariantCulture);
            Assert.InRange(marks.Count, last + 1, last + 2);
            Assert.All(marks[..(last + 1)], mark => Assert.Equal(TaskState.Succeeded, mark.State));
            Assert.Equal(marks.Count, store.ReadTasksSince("j", 0, int.MaxValue).Tasks.Count);
            using var db = Db.Open(path, create: false, write: true, TimeSpan.FromSeconds(5));
            Assert.Equal("ok", db.Use("PRAGMA integrity_check").First(row => row.Text()));
            if (marks[^1].State == TaskState.Running) // a new owner ends what the dead one claimed
                store.Commit(
                    [new("j", "me", store.Acquire("j", "me", store.FindJob("j")!.Epoch)!.Value, null, null)],
                    [Rows.Task("j", marks[^1].Ordinal, TaskState.Succeeded, 1)]);
        }
    }
}
