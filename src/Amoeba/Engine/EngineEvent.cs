using System.Collections.Frozen;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Engine;

/// <summary>Something that happened at an edge. The engine learns of the world through these alone.</summary>
internal abstract record EngineEvent;

/// <summary>A new job, spooled and decided.</summary>
internal sealed record JobSubmitted(JobStart Start) : EngineEvent;

/// <summary>This parent became the owner of a job that is in the store.</summary>
/// <param name="Start">The job as it would be submitted today.</param>
/// <param name="Stored">The job as it is stored.</param>
/// <param name="Epoch">The epoch under which it is owned now.</param>
/// <param name="Marks">Every row's ordinal, items and state.</param>
/// <param name="Open">The rows that wait or run, and the merge's own where it has one.</param>
/// <param name="Approval">Its approval, if there is one.</param>
/// <param name="GoOn">Run it; false only holds it, to answer requests.</param>
internal sealed record JobTaken(
    JobStart Start, StoredJob Stored, long Epoch, IReadOnlyList<TaskMark> Marks, IReadOnlyList<TaskRecord> Open,
    ApprovalRecord? Approval, bool GoOn) : EngineEvent
{
    /// <summary>What has flowed so far into the stages whose items come from others' results.</summary>
    public IReadOnlyList<StageFlow> Flows { get; init; } = [];

    /// <summary>
    /// Ordinals of the running rows whose present attempts outlived their parent, or ended after it: they are followed
    /// to their ends, and nothing else of the job was left running.
    /// </summary>
    public IReadOnlySet<int> Outliving { get; init; } = FrozenSet<int>.Empty;

    /// <summary>
    /// Ordinals of the running rows whose present attempts are known to have done nothing, and never will.
    /// </summary>
    public IReadOnlySet<int> Unbegun { get; init; } = FrozenSet<int>.Empty;
}

/// <summary>What has flowed into a stage.</summary>
/// <param name="Stage">The stage's index.</param>
/// <param name="Items">How many items.</param>
/// <param name="Groups">Of each item the number of its group; empty without groups.</param>
/// <param name="Sources">Ordinals of the tasks whose results they are of, those that
/// yielded nothing among them.</param>
internal sealed record StageFlow(int Stage, int Items, IReadOnlyList<int> Groups, IReadOnlySet<int> Sources);

/// <summary>
/// A result's items were added to a stage, durably. Those of one stage come in the order of their numbers.
/// </summary>
/// <param name="Job">The job.</param>
/// <param name="Stage">Index of the stage whose items they are.</param>
/// <param name="Source">Ordinal of the task whose result it is.</param>
/// <param name="Count">How many.</param>
/// <param name="Groups">Of each the number of its group; empty without groups.</param>
/// <param name="Error">Why the job cannot go on; null where it can.</param>
internal sealed record ItemsYielded(
    string Job, int Stage, int Source, int Count, IReadOnlyList<int> Groups, string? Error = null) : EngineEvent;

/// <summary>Somebody asks something of a job.</summary>
/// <param name="Request">What is asked.</param>
/// <param name="Rows">For `retry`: the job's rows that ended without success, and the
/// merge's own where it has one.</param>
internal sealed record JobAsked(RequestRecord Request, IReadOnlyList<TaskRecord>? Rows = null) : EngineEvent;

/// <summary>A commit was refused: another parent owns the job now.</summary>
internal sealed record JobLost(string Job) : EngineEvent;

internal sealed record ChildReady(string Child, int? Pid) : EngineEvent;

internal sealed record ChildFailed(string Child, ChildLoss Loss) : EngineEvent
{
    public ChildFailed(string child, string reason)
        : this(child, new ChildLoss(reason))
    {
    }
}

internal sealed record ChildGone(string Child) : EngineEvent;

/// <summary>What does an attempt came up, where that is started with the attempt.</summary>
internal sealed record AttemptBegan(AttemptOrder Order) : EngineEvent;

internal sealed record AttemptEnded(AttemptResult Result) : EngineEvent;

/// <summary>
/// A running attempt waits for something that is no work of its own, and its clock stands; or it goes on.
/// </summary>
/// <param name="Order">The attempt.</param>
/// <param name="What">What it waits for, for a person; null where it goes on.</param>
/// <param name="Until">The earliest moment at which it can go on; null where nobody knows.</param>
/// <param name="At">
/// When it said so, ticks of uptime: the engine may hear of it much later, and what lies in between is no work either.
/// </param>
internal sealed record AttemptWaits(AttemptOrder Order, string? What, DateTimeOffset? Until, long At) : EngineEvent;

/// <summary>A running attempt is near one of its limits.</summary>
/// <param name="Order">The attempt.</param>
/// <param name="What">For a person, the limit first.</param>
internal sealed record AttemptWarned(AttemptOrder Order, string What) : EngineEvent;

/// <summary>What a running attempt got done so far, in what its tool counts.</summary>
internal sealed record ProgressSeen(AttemptOrder Order, long Progress) : EngineEvent;

/// <summary>A merge that is no task of its own is done.</summary>
internal sealed record MergeEnded(string Job, long Number, OutputRef Output, string? Error) : EngineEvent;

/// <summary>What this parent may use of the shared caps changed.</summary>
internal sealed record LeaseChanged(Lease Lease) : EngineEvent;

/// <summary>When heavy children may be started; the answer to <see cref="TurnsWanted"/>.</summary>
/// <param name="Kind">Their kind.</param>
/// <param name="After">From now, in order; empty where the line is too long for now.</param>
internal sealed record TurnsGiven(PacedKind Kind, IReadOnlyList<TimeSpan> After) : EngineEvent;

/// <summary>What the machine looks like now.</summary>
/// <param name="FreeMemory">Bytes available.</param>
/// <param name="WidthShare">Share of each job's width that the zone allows: 1 safe, 0.4 warning,
/// 0 danger (nothing new).</param>
internal sealed record MachineSeen(long FreeMemory, double WidthShare) : EngineEvent;

/// <summary>Time passed, perhaps up to a timer.</summary>
internal sealed record TimePassed : EngineEvent
{
    public static TimePassed Instance { get; } = new();
}

/// <summary>
/// Something to be done on the loop's thread, such as a call of the store; the loop's own, the engine never sees it.
/// </summary>
internal sealed record Called(Action Do) : EngineEvent;

/// <summary>
/// Stop: nothing new starts, what runs gets the grace. A second one with less grace wins; what was told to end before,
/// for a reason of its own, keeps the grace that it was given then.
/// </summary>
/// <param name="Grace">What runs has that long before it is told to end.</param>
/// <param name="Now">Nothing keeps any grace.</param>
internal sealed record StopRequested(TimeSpan Grace, bool Now = false) : EngineEvent;
