using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Conformance;

/// <summary>Rows for the behaviour suites.</summary>
internal static class Rows
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static JobRecord Job(string id, int minute = 0) => new()
    {
        Id = id,
        Name = "name of " + id,
        Type = "type",
        PlanJson = """{"each":"é"}""",
        OptionsJson = "{}",
        Folder = "/somewhere",
        StagesJson = "[1]",
        Created = Noon.AddMinutes(minute),
        Seed = long.MinValue + 7,
    };

    public static JobStatusRecord Status(JobState state, string? decision = null) =>
        new() { State = state, DecisionJson = decision };

    public static TaskRecord Task(string job, int ordinal, TaskState state, int attempt) =>
        new() { Job = job, Ordinal = ordinal, State = state, Attempt = attempt };

    public static ParentRecord Parent(string id) =>
        new(id, 42, "boot", 4_711, Noon, "1.0") { Space = "pid:[7]" };

    public static RequestRecord Request(string id, string job, string kind = "cancel") =>
        new(id, job, kind, """{"a":1}""", "me", Noon);

    public static CommitResult Commit(
        this IStore store,
        IEnumerable<JobWrite>? jobs = null,
        IEnumerable<TaskRecord>? tasks = null,
        Action<CommitBatch>? more = null)
    {
        var batch = new CommitBatch();
        batch.Jobs.AddRange(jobs ?? []);
        batch.Tasks.AddRange(tasks ?? []);
        more?.Invoke(batch);
        return store.Commit(batch);
    }

    /// <summary>Makes a job that runs, owned by parent "p" under epoch 1.</summary>
    public static JobWrite Make(this IStore store, string id, int minute = 0)
    {
        store.Commit([new JobWrite(id, "p", 1, Job(id, minute), Status(JobState.Running))]);
        return new JobWrite(id, "p", 1, null, null);
    }
}
