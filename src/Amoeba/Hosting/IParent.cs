using Amoeba.Deciding;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Hosting;

/// <summary>
/// A running Amoeba: owns jobs, starts their children, and lets go of them in the end. One store may have several.
/// Opening one registers it; disposing it stops everything it owns as <see cref="StopAsync"/> with no grace does.
/// </summary>
internal interface IParent : IAsyncDisposable
{
    string Id { get; }

    /// <summary>Spools the items, decides, and accepts the job. When it returns, the job is durable.</summary>
    /// <exception cref="PlanException">Bad input (exit 2); nothing was accepted.</exception>
    /// <exception cref="MachineLacksException">A program or cell the plan names is missing (exit 5);
    /// nothing was accepted.</exception>
    Task<Accepted> SubmitAsync(Submission submission, CancellationToken cancel);

    /// <summary>Decides and accepts nothing: what `plan` shows.</summary>
    Task<Decision> DecideAsync(Submission submission, CancellationToken cancel);

    /// <summary>
    /// Takes over a job that nobody owns. With <paramref name="goOn"/> it runs on (unless it waits for a person);
    /// without, it is only held so that requests can be answered.
    /// </summary>
    /// <exception cref="JobBusyException">Another living parent owns it.</exception>
    Task TakeAsync(string job, bool goOn, CancellationToken cancel, string? budget = null);

    /// <summary>
    /// Asks something of an owned job: kinds and arguments as in RequestRecord. Returns
    /// null, or the error for a person.
    /// </summary>
    Task<string?> AskAsync(string job, string kind, string? argument, string by, CancellationToken cancel);

    /// <summary>Completes when the job ended, waits for a person, or was given up; with its state then.</summary>
    Task<JobState> WhenSettledAsync(string job, CancellationToken cancel);

    /// <summary>
    /// Starts nothing new, gives what runs the grace, ends it, and leaves unfinished jobs interrupted. What was told to
    /// end before, such as the attempts of a job that was cancelled, keeps the grace that it was given then.
    /// </summary>
    Task StopAsync(TimeSpan grace);

    /// <summary>Likewise at once: nothing keeps any grace.</summary>
    Task StopNowAsync();

    /// <summary>
    /// Completes when nothing of a job that ended is left here: what was stopped with it has had its grace.
    /// </summary>
    Task WhenLeftAsync(string job);

    /// <summary>Faults when the parent cannot go on, for instance because the store failed (exit 5).</summary>
    Task Failed { get; }
}

/// <summary>A job as it is handed in.</summary>
internal sealed record Submission
{
    public required PlanSpec Plan { get; init; }

    /// <summary>Absolute; relative paths of the plan are its.</summary>
    public required string Folder { get; init; }

    /// <summary>`manual`, `rules` or `learned`; null is the configuration's.</summary>
    public string? Autonomy { get; init; }

    /// <summary>
    /// `--budget`: what takes the place of the plan's budget, such as `tokens=600000,time=2h`; null is the plan's.
    /// </summary>
    public string? Budget { get; init; }

    /// <summary>`--yes`: approve what this job asks.</summary>
    public bool Yes { get; init; }

    /// <summary>Who asks, for the audit log.</summary>
    public required string By { get; init; }
}

/// <param name="Job">Its id.</param>
/// <param name="Warnings">For a person, such as an empty source.</param>
internal sealed record Accepted(string Job, IReadOnlyList<string> Warnings);

/// <summary>Something this machine lacks: a program, a cell, room on the disk. Exit code 5.</summary>
public sealed class MachineLacksException(string message) : Exception(message);

/// <summary>Another living parent owns the job.</summary>
public sealed class JobBusyException(string message) : Exception(message);
