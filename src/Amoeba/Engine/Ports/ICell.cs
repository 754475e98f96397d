using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Engine.Ports;

/// <summary>Where children live. One implementation per kind; all pass one behaviour suite.</summary>
internal interface ICell
{
    CellKind Kind { get; }

    /// <summary>What this kind lacks here, for a person, with how to get it; null where it can be used.</summary>
    string? Missing();

    /// <summary>
    /// Makes a child. Returns at once; <see cref="IChildEvents.Ready"/> or <see cref="IChildEvents.Failed"/> follows,
    /// from any thread. A spawn that fails half-way gives back everything it took before it says so.
    /// </summary>
    IChild Spawn(ChildSpec spec, IChildEvents events);
}

/// <summary>A child to be made.</summary>
internal sealed record ChildSpec(string Id, string Job);

/// <summary>A supervised worker. Commands return at once; what came of them follows as an event.</summary>
internal interface IChild
{
    /// <summary>
    /// Begins an attempt. Called only while it is ready or idle; exactly one <see cref="IChildEvents.Ended"/> follows.
    /// </summary>
    void Start(AttemptOrder order);

    /// <summary>
    /// What its present attempt has got done so far: bytes, steps, whatever its tool counts. A heartbeat is none of it.
    /// Only read, from any thread, at no cost; -1 where it has no attempt.
    /// </summary>
    long Progress { get; }

    /// <summary>
    /// Asks the present attempt to end: at once gently, after <paramref name="grace"/> by force, with its whole tree.
    /// </summary>
    void Stop(StopReason reason, TimeSpan grace);

    /// <summary>
    /// Ends whatever runs by force, takes the cell down and gives everything back;
    /// <see cref="IChildEvents.Gone"/> follows.
    /// </summary>
    void Destroy();

    /// <summary>
    /// This parent ends. What outlives it is left as it is, to be taken up by the next; anything else is destroyed.
    /// <see cref="IChildEvents.Gone"/> follows, and no Ended.
    /// </summary>
    void Leave() => Destroy();
}

/// <summary>What children say. Safe from any thread; never blocks for long.</summary>
internal interface IChildEvents
{
    void Ready(string child, int? pid);

    /// <summary>It died, or never came up. Its present attempt, if any, is lost with it: no Ended follows.</summary>
    void Failed(string child, ChildLoss loss);

    void Ended(AttemptResult result);

    /// <summary>
    /// What does its attempt is there. Said by cells that start it with the attempt: there a child is ready before it
    /// could show that it comes up.
    /// </summary>
    void Began(AttemptOrder order)
    {
    }

    /// <summary>
    /// Its attempt waits for something that is no work of its own (null: it goes on); what and until when.
    /// </summary>
    void Waits(AttemptOrder order, string? what, DateTimeOffset? until);

    /// <summary>Its attempt is near one of its limits, and which.</summary>
    void Warned(AttemptOrder order, string what);

    void Gone(string child);
}

/// <summary>How a child was lost.</summary>
/// <param name="Reason">For a person.</param>
internal sealed record ChildLoss(string Reason)
{
    /// <summary>Nothing that it ran is there any more: its slot is free. It is to be destroyed all the same.</summary>
    public bool IsDead { get; init; }

    /// <summary>
    /// The machine lacks what such a child needs, such as a daemon: no other fares better until that is there.
    /// </summary>
    public bool IsLack { get; init; }

    /// <summary>
    /// What was to do its attempt never came up, and never will: nothing of the attempt happened. Counts as the death
    /// of a child before it is ready, and not against the task.
    /// </summary>
    public bool NeverBegan { get; init; }

    /// <summary>
    /// It was there, and its parent ended it, because it showed no life, answered nothing or could not be followed. Who
    /// looks later has to see that it did not die by itself.
    /// </summary>
    public bool IsByParent { get; init; }

    /// <summary>What is known of the attempt that is lost with it; null where it had none.</summary>
    public AttemptFigures? Figures { get; init; }
}

/// <summary>Which attempt a child is to make.</summary>
internal sealed record AttemptOrder(string Job, int Ordinal, int Items, int Attempt, string Child)
{
    /// <summary>
    /// An earlier parent began it, and it may run still: it is followed to its end, and never begun again. Given to
    /// cells whose children outlive a parent, at once after the child was made.
    /// </summary>
    public bool TakesUp { get; init; }
}

internal enum StopReason
{
    /// <summary>`limits.timeout` passed.</summary>
    Timeout,

    /// <summary>The job was cancelled.</summary>
    Cancelled,

    /// <summary>The parent stops; the task runs again on resume.</summary>
    Interrupted,

    /// <summary>A person stopped this child; the task runs again.</summary>
    Replaced,

    /// <summary>`limits.stall` passed without progress.</summary>
    Stalled,
}

internal enum AttemptEnd
{
    Succeeded,

    /// <summary>The tool failed: exit code, exception, or `verify` did not pass. May be tried again.</summary>
    Failed,

    /// <summary>It cannot succeed however often it is tried: a value is missing, an argument is too long.</summary>
    Hopeless,

    /// <summary>Ended on <see cref="StopReason.Timeout"/>.</summary>
    TimedOut,

    /// <summary>Ended because it passed a limit: memory, output, processes. Over output is not tried again.</summary>
    OverLimit,

    /// <summary>Ended on another <see cref="StopReason"/>; says nothing about the task.</summary>
    Stopped,

    /// <summary>
    /// Not begun: the earlier result that was counted on does not hold any more, and to make it costs money that nobody
    /// was asked for. Says nothing about the task; the job stops, so that a person can be asked.
    /// </summary>
    Unasked,

    /// <summary>Ended on <see cref="StopReason.Stalled"/>.</summary>
    Stalled,
}

/// <summary>What came of an attempt.</summary>
internal sealed record AttemptResult(AttemptOrder Order, AttemptEnd End)
{
    /// <summary>
    /// What went wrong, for a person; begins with the reason in a word or two (`exit 3`, `signal SEGV`,
    /// `memory`, `output`, `timeout`).
    /// </summary>
    public string? Error { get; init; }

    public OutputRef Output { get; init; } = OutputRef.None;

    public AttemptFigures? Figures { get; init; }

    /// <summary>
    /// Its child can take no other: what it left there cannot be taken away. It is to be destroyed and replaced.
    /// </summary>
    public bool IsLastOfChild { get; init; }
}
