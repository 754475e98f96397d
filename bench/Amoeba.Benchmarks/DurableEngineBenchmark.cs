using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Jobs;
using Amoeba.Stores.Sqlite;

namespace Amoeba.Benchmarks;

/// <summary>What the engine costs on top of its durable store: tasks that do nothing.</summary>
internal sealed class DurableEngineBenchmark : IBenchmark
{
    private const int Children = 256;

    public string Name => "engine-sqlite";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        var tasks = room.Count(50_000);
        var engine = new List<double>();
        var store = new List<double>();
        var batches = new List<double>();
        await EngineAsync(room, Math.Min(tasks, 2000), cancel);
        for (var round = 0; round < room.Rounds(5); round++)
        {
            room.Say($"{Name}: round {round + 1}");
            var run = await EngineAsync(room, tasks, cancel);
            engine.Add(tasks / run.Seconds);
            batches.Add(run.Batch);
            store.Add(tasks / await StoreAsync(room, run));
        }

        var ours = new Series("engine", "tasks/s", engine);
        var theirs = new Series("store alone", "tasks/s", store);
        return new Outcome(Name,
        [
            new Finding
            {
                What =
                    string.Create(CultureInfo.InvariantCulture, $"{tasks:N0} x wait: 0 on SQLite, {Children} children"),
                Against = "the same start and finish rows straight into the store, as many a commit",
                Ours = ours,
                Theirs = theirs,
                Figure = Series.Ratio("rate over the store's", ours, theirs),
                Aim = new Aim(AtLeast: true, 0.3),
                Raw = [new Series("rows a commit", "", batches)],
            },
        ]);
    }

    private sealed record Run(double Seconds, double Batch, StoredJob Job, IReadOnlyList<TaskRecord> Rows);

    private static async Task<Run> EngineAsync(BenchRoom room, int tasks, CancellationToken cancel)
    {
        await using var parent = room.Open(room.NewHome());
        var before = parent.Store.Rev();
        var id = "";
        var seconds = await BenchRoom.SecondsAsync(async () =>
            id = await EngineRun.DoAsync(parent, room.Job(Plan.Wait(tasks, Children)), cancel));
        var commits = parent.Store.Rev() - before;
        return new Run(seconds, 2.0 * tasks / commits, parent.Store.FindJob(id)!, parent.Store.ReadTasks(id, 0, tasks));
    }

    private static Task<double> StoreAsync(BenchRoom room, Run run)
    {
        using var store = SqliteStore.Open(new HomeFolder(room.NewHome()).Store);
        var status = run.Job.Status with { State = JobState.Running };
        var size = (int)Math.Max(1, Math.Round(run.Batch));
        var claims = run.Rows
            .Select(
                row => row with { State = TaskState.Running, Finished = null, Figures = null, Output = OutputRef.None })
            .ToList();
        store.AddParent(new ParentRecord("bench", 0, "", 0, BenchRoom.Time.GetUtcNow(), ""));
        return BenchRoom.SecondsAsync(() =>
        {
            Write(store, new JobWrite(run.Job.Id, "bench", 1, run.Job.Record, status), []);
            for (var first = 0; first < claims.Count; first += size)
            {
                var count = Math.Min(size, claims.Count - first);
                var job = new JobWrite(run.Job.Id, "bench", 1, null, status);
                Write(store, job, claims.Skip(first).Take(count));
                Write(store, job, run.Rows.Skip(first).Take(count));
            }

            return Task.CompletedTask;
        });
    }

    private static void Write(SqliteStore store, JobWrite job, IEnumerable<TaskRecord> rows)
    {
        var batch = new CommitBatch();
        batch.Jobs.Add(job);
        batch.Tasks.AddRange(rows);
        if (store.Commit(batch).Rejected.Count > 0)
        {
            throw new InvalidOperationException("the store refused rows of the comparison");
        }
    }
}
