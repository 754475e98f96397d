using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Sqlite;

internal sealed partial class SqliteStore
{
    public long Rev() => _reader.Rev();

    public StoredJob? FindJob(string id) => _reader.FindJob(id);

    public IReadOnlyList<string> FindJobIds(string prefix, int limit) => _reader.FindJobIds(prefix, limit);

    public IReadOnlyList<StoredJob> ListJobs(IReadOnlyCollection<JobState>? states, int limit) =>
        _reader.ListJobs(states, limit);

    public IReadOnlyList<TaskRecord> ReadTasks(string job, int from, int limit, TaskState? state = null) =>
        _reader.ReadTasks(job, from, limit, state);

    public TaskChanges ReadTasksSince(string job, long rev, int limit) => _reader.ReadTasksSince(job, rev, limit);

    public TaskRecord? FindTask(string job, int ordinal) => _reader.FindTask(job, ordinal);

    public IReadOnlyList<TaskMark> ReadMarks(string job) => _reader.ReadMarks(job);

    public IReadOnlyList<ChildRecord> ListChildren() => _reader.ListChildren();

    public IReadOnlyList<ParentRecord> ListParents() => _reader.ListParents();

    public ApprovalRecord? FindApproval(string job) => _reader.FindApproval(job);

    public IReadOnlyList<RequestRecord> ListOpenRequests(string? job) => _reader.ListOpenRequests(job);

    public RequestRecord? FindRequest(string id) => _reader.FindRequest(id);

    public IReadOnlyList<AuditRecord> ListAudit(string? job, int limit) => _reader.ListAudit(job, limit);

    public long? VerifyAudit() => _reader.VerifyAudit();

    public IReadOnlyList<JobFigures> ListFigures(DateTimeOffset since) => _reader.ListFigures(since);

    public IReadOnlyList<string> ListEndedJobs(DateTimeOffset before, int keep, int limit) =>
        _reader.ListEndedJobs(before, keep, limit);
}
