using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Engine.Ports;

/// <summary>The one read side that every face uses. Safe from any thread, at once with a writer.</summary>
internal interface IStoreReader
{
    /// <summary>The number of the newest commit. Cheap: it is asked many times a second.</summary>
    long Rev();

    StoredJob? FindJob(string id);

    /// <summary>Ids that begin with the prefix, at most <paramref name="limit"/>.</summary>
    IReadOnlyList<string> FindJobIds(string prefix, int limit);

    /// <summary>Newest first by creation. <paramref name="states"/> null is all.</summary>
    IReadOnlyList<StoredJob> ListJobs(IReadOnlyCollection<JobState>? states, int limit);

    /// <summary>Rows with <paramref name="from"/> and up in plan order, at most <paramref name="limit"/>.</summary>
    IReadOnlyList<TaskRecord> ReadTasks(string job, int from, int limit, TaskState? state = null);

    /// <summary>
    /// Rows of one job written after a commit, by the order of their commits. A commit is never cut, so that none of
    /// its rows is missed or seen twice: more than <paramref name="limit"/> come where a single commit wrote more.
    /// </summary>
    TaskChanges ReadTasksSince(string job, long rev, int limit);

    TaskRecord? FindTask(string job, int ordinal);

    /// <summary>
    /// The ordinal, items and state of every row of a job, in no order: what a new owner needs to go on.
    /// </summary>
    IReadOnlyList<TaskMark> ReadMarks(string job);

    IReadOnlyList<ChildRecord> ListChildren();

    IReadOnlyList<ParentRecord> ListParents();

    ApprovalRecord? FindApproval(string job);

    /// <summary>Requests without an answer, oldest first, for one job or (null) for all.</summary>
    IReadOnlyList<RequestRecord> ListOpenRequests(string? job);

    RequestRecord? FindRequest(string id);

    /// <summary>Newest first.</summary>
    IReadOnlyList<AuditRecord> ListAudit(string? job, int limit);

    /// <summary>Checks the audit log's chain of hashes.</summary>
    /// <returns>The number (from 1) of the first entry that was changed, moved or removed; null where all
    /// is as it was written.</returns>
    long? VerifyAudit();

    /// <summary>What the jobs came to that ended at a moment or later, oldest first.</summary>
    IReadOnlyList<JobFigures> ListFigures(DateTimeOffset since);

    /// <summary>
    /// Ids of jobs that ended before a moment, oldest first, but never among the newest <paramref name="keep"/> jobs.
    /// </summary>
    IReadOnlyList<string> ListEndedJobs(DateTimeOffset before, int keep, int limit);
}

internal readonly record struct TaskMark(int Ordinal, int Items, TaskState State);

/// <param name="Tasks">The rows.</param>
/// <param name="Rev">Where to go on: pass it as the next `rev`.</param>
internal readonly record struct TaskChanges(IReadOnlyList<TaskRecord> Tasks, long Rev);
