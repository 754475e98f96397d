using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Engine;

/// <summary>What the engine wants done at an edge. Let out only after the commit of the step that made it.</summary>
/// <param name="Job">The job it is for; dropped when that job's part of the commit was refused. Empty for none.</param>
internal abstract record Effect(string Job);

internal sealed record SpawnChild(ChildSpec Spec, CellKind Cell) : Effect(Spec.Job);

internal sealed record StartAttempt(AttemptOrder Order) : Effect(Order.Job);

internal sealed record StopAttempt(string Child, string OfJob, StopReason Reason, TimeSpan Grace) : Effect(OfJob);

/// <summary>Read what an attempt got done so far, and say it: <see cref="ProgressSeen"/>.</summary>
internal sealed record LookAtProgress(AttemptOrder Order) : Effect(Order.Job);

/// <summary>A child was warned or ended for one of its limits; to be logged.</summary>
internal sealed record Oversaw(string OfJob, string Act) : Effect(OfJob);

internal sealed record DestroyChild(string Child, string OfJob) : Effect(OfJob);

/// <summary>The parent lets go of a child that outlives it: its attempt goes on.</summary>
internal sealed record LeaveChild(string Child, string OfJob) : Effect(OfJob);

/// <summary>A task's result is recorded: what it yields are items of another stage.</summary>
/// <param name="OfJob">The job.</param>
/// <param name="Stage">Index of the stage whose items they are.</param>
/// <param name="Source">Ordinal of the task.</param>
internal sealed record YieldItems(string OfJob, int Stage, int Source) : Effect(OfJob);

/// <param name="OfJob">The job whose tasks all ended.</param>
/// <param name="Number">Tells this merge from earlier ones; its end says it again.</param>
internal sealed record MergeResults(string OfJob, long Number) : Effect(OfJob);

/// <summary>A request has its answer: null is yes, a text is the error for the asker.</summary>
internal sealed record AnswerRequest(string Id, string OfJob, string? Error) : Effect(OfJob);

/// <summary>A job is owned here, and that is on the disk.</summary>
internal sealed record JobAccepted(string OfJob) : Effect(OfJob);

/// <summary>A settled job goes on: its approval was answered, or its tasks are retried.</summary>
internal sealed record JobUnsettled(string OfJob) : Effect(OfJob);

/// <summary>A job ended, waits for a person, or was given up.</summary>
internal sealed record JobSettled(string OfJob, JobState State) : Effect(OfJob);

/// <summary>Nothing of a job is left in the engine: its children are gone too.</summary>
internal sealed record JobForgotten(string OfJob) : Effect(OfJob);

/// <summary>Heavy children are to be started, and the store gives their turns: <see cref="TurnsGiven"/>.</summary>
/// <param name="Kind">Their kind.</param>
/// <param name="Wanted">How many.</param>
internal sealed record TurnsWanted(PacedKind Kind, int Wanted) : Effect("");

/// <summary>
/// The store has to be told now what this parent wants of the shared caps: <see cref="EngineCore.TellWant"/>.
/// </summary>
internal sealed record LeaseWanted() : Effect("")
{
    public static LeaseWanted Instance { get; } = new();
}
