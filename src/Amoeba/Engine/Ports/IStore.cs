using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Engine.Ports;

/// <summary>
/// The store's writing side. Every call is one durable transaction: when it returns, what it wrote survives a power
/// cut (memory stores excepted, and said so by <see cref="IsDurable"/>); when it throws, nothing was written. Calls
/// come from one thread of this process at a time; other processes may write the same store at once.
/// </summary>
internal interface IStore : IStoreReader, IDisposable
{
    bool IsDurable { get; }

    /// <summary>Writes everything a batch of events changed. Jobs whose epoch moved are left out and named.</summary>
    CommitResult Commit(CommitBatch batch);

    /// <summary>
    /// Makes <paramref name="parent"/> the owner of a job if its epoch still is <paramref name="epoch"/>.
    /// </summary>
    /// <returns>The new epoch, or null where someone else was faster or the job is not there.</returns>
    long? Acquire(string job, string parent, long epoch);

    /// <summary>Gives a job up, if it is still owned under this epoch.</summary>
    void Release(string job, string parent, long epoch);

    void AddParent(ParentRecord parent);

    /// <summary>
    /// Removes a parent with its lease and its children's rows; jobs it owned keep its name until taken over.
    /// </summary>
    void RemoveParent(string parent);

    void AddRequest(RequestRecord request);

    /// <summary>
    /// States what this parent wants of the caps that all parents of a store share and returns what it may use now.
    /// The sum over parents never exceeds the caps. Where wants exceed them, parents take turns: in their order each is
    /// set apart <see cref="LeaseWant.Least"/>, whole or not at all, and the rest is shared evenly (max-min fair). The
    /// order is durable; who started something in its turn while another waited goes to the back. A parent that uses
    /// more than its share (<see cref="LeaseWant.InUse"/>) holds that until it ends, and is told its share, so that it
    /// starts nothing in its place. One that is not heard of for some seconds keeps what it holds, and is kept nothing.
    /// A parent that was not added, or was removed, gets nothing.
    /// </summary>
    /// <param name="parent">The parent that asks.</param>
    /// <param name="want">What it wants and uses.</param>
    /// <param name="caps">What all parents may use together, as this one was told.</param>
    /// <param name="now">The wall clock's time.</param>
    Lease UpdateLease(string parent, LeaseWant want, Lease caps, DateTimeOffset now);

    /// <summary>
    /// Gives the next turns to start heavy children, in one line for all parents of the store: whoever of them they are
    /// of, in no period are there more than the pace allows. A turn that was given is taken, used or not, also when its
    /// parent dies.
    /// </summary>
    /// <param name="kind">Which children are counted together.</param>
    /// <param name="wanted">How many, at least 1.</param>
    /// <param name="pace">The pace, as this parent was told it.</param>
    /// <param name="now">The wall clock's time.</param>
    /// <returns>
    /// The moments, in order: those within half a second, or else the next one alone. None where the line is longer
    /// than two periods and 10 s: ask again in a while.
    /// </returns>
    IReadOnlyList<DateTimeOffset> TakeTurns(PacedKind kind, int wanted, SpawnPace pace, DateTimeOffset now);

    /// <summary>
    /// Removes a job with its tasks, children, approvals and requests. Audit entries stay. A job with very many tasks
    /// goes in several transactions, its own row in the last; a call that was cut short is repeated.
    /// </summary>
    void DeleteJob(string job);
}

/// <summary>Amounts of the shared caps (SPEC 5.3): children by weight, programs at once, bytes of memory.</summary>
internal readonly record struct Lease(int Light, int Heavy, int Programs, long Memory);

/// <param name="Wanted">What it could use.</param>
/// <param name="InUse">What it uses.</param>
/// <param name="Least">What the next start takes: less is of no use. Zero while nothing waits for a start.</param>
/// <param name="Started">How many attempts it ever started: tells whether a turn was used.</param>
internal readonly record struct LeaseWant(Lease Wanted, Lease InUse, Lease Least = default, long Started = 0)
{
    // Written out, because the comparers that the language would ask for are compiled at
    // every start (docs/decisions/0007).
    public bool Equals(LeaseWant other) =>
        Wanted == other.Wanted && InUse == other.InUse && Least == other.Least && Started == other.Started;

    public override int GetHashCode() => HashCode.Combine(Wanted.GetHashCode(), InUse.GetHashCode(), Started);
}

/// <summary>Everything one batch of events changed. Lists are never null.</summary>
internal sealed class CommitBatch
{
    public List<JobWrite> Jobs { get; } = [];

    /// <summary>
    /// Task rows, each at most once. A row that is running must have a newer attempt than the stored row; any other
    /// row must have the stored row's attempt (0 where there is no row). Over a row that succeeded only a newer attempt
    /// is written, so that a result counts once. A row that breaks this rejects its job. Every row's job is in
    /// <see cref="Jobs"/>.
    /// </summary>
    public List<TaskRecord> Tasks { get; } = [];

    public List<ChildRecord> Children { get; } = [];

    public List<string> GoneChildren { get; } = [];

    public List<ApprovalRecord> Approvals { get; } = [];

    public List<AuditRecord> Audits { get; } = [];

    /// <summary>Requests that are answered now; only <see cref="RequestRecord.Answer"/> is written.</summary>
    public List<RequestRecord> AnsweredRequests { get; } = [];

    public bool IsEmpty => Jobs.Count + Tasks.Count + Children.Count + GoneChildren.Count + Approvals.Count
        + Audits.Count + AnsweredRequests.Count == 0;

    public void Clear()
    {
        Jobs.Clear();
        Tasks.Clear();
        Children.Clear();
        GoneChildren.Clear();
        Approvals.Clear();
        Audits.Clear();
        AnsweredRequests.Clear();
    }
}

/// <summary>
/// A job's part of a batch: its epoch is checked, and all of the job's other rows stand or fall with it.
/// </summary>
/// <param name="Id">The job.</param>
/// <param name="Owner">The parent that writes.</param>
/// <param name="Epoch">The epoch under which it owns the job.</param>
/// <param name="Created">Given once, with the job's first commit, which makes it.</param>
/// <param name="Status">Given where it changed.</param>
/// <param name="Released">The owner gives the job up with this commit.</param>
internal readonly record struct JobWrite(
    string Id, string Owner, long Epoch, JobRecord? Created, JobStatusRecord? Status, bool Released = false);

/// <param name="Rev">The number of this commit; grows.</param>
/// <param name="Rejected">Jobs that were left out because their epoch moved or a row was
/// fenced off; usually empty.</param>
internal readonly record struct CommitResult(long Rev, IReadOnlyList<string> Rejected);
