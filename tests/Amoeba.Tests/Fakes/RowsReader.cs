using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Fakes;

/// <summary>The succeeded tasks of one job, for what reads nothing else.</summary>
internal sealed class RowsReader : IStoreReader
{
    private readonly SortedDictionary<int, TaskRecord> _rows = [];

    /// <summary>Calls of <see cref="ReadTasks"/> so far.</summary>
    public int Reads { get; private set; }

    public void Add(string job, int ordinal, string output, int items = 1) => _rows[ordinal] = new TaskRecord
    {
        Job = job,
        Ordinal = ordinal,
        Items = items,
        State = TaskState.Succeeded,
        Attempt = 1,
        Output = OutputRef.Of(System.Text.Encoding.UTF8.GetBytes(output)),
    };

    public IReadOnlyList<TaskRecord> ReadTasks(string job, int from, int limit, TaskState? state = null)
    {
        Reads++;
        return [.. _rows.Values.Where(row => row.Ordinal >= from && row.Job == job).Take(limit)];
    }

    public long Rev() => throw Unasked();

    public StoredJob? FindJob(string id) => throw Unasked();

    public IReadOnlyList<string> FindJobIds(string prefix, int limit) => throw Unasked();

    public IReadOnlyList<StoredJob> ListJobs(IReadOnlyCollection<JobState>? states, int limit) => throw Unasked();

    public TaskChanges ReadTasksSince(string job, long rev, int limit) => throw Unasked();

    public TaskRecord? FindTask(string job, int ordinal) => throw Unasked();

    public IReadOnlyList<TaskMark> ReadMarks(string job) => throw Unasked();

    public IReadOnlyList<ChildRecord> ListChildren() => throw Unasked();

    public IReadOnlyList<ParentRecord> ListParents() => throw Unasked();

    public ApprovalRecord? FindApproval(string job) => throw Unasked();

    public IReadOnlyList<RequestRecord> ListOpenRequests(string? job) => throw Unasked();

    public RequestRecord? FindRequest(string id) => throw Unasked();

    public IReadOnlyList<AuditRecord> ListAudit(string? job, int limit) => throw Unasked();

    public IReadOnlyList<JobFigures> ListFigures(DateTimeOffset since) => throw Unasked();

    public IReadOnlyList<string> ListEndedJobs(DateTimeOffset before, int keep, int limit) => throw Unasked();

    public long? VerifyAudit() => throw Unasked();

    private static NotSupportedException Unasked() => new("Only the rows of tasks are here.");
}
