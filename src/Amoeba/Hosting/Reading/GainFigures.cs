using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Reading;

/// <summary>What several ended jobs came to together.</summary>
internal sealed record GainFigures
{
    public int Jobs { get; private init; }

    public int FailedJobs { get; private init; }

    public int CancelledJobs { get; private init; }

    public long Tasks { get; private init; }

    public long Succeeded { get; private init; }

    public long Failed { get; private init; }

    public long Skipped { get; private init; }

    public long Reused { get; private init; }

    public long Retries { get; private init; }

    /// <summary>What the jobs took, each from its start to its end.</summary>
    public double Seconds { get; private init; }

    /// <summary>
    /// What their tasks took, one by one; of a job that came to little, no more than it took itself: what failed side
    /// by side saved nobody any time.
    /// </summary>
    public double TaskSeconds { get; private init; }

    /// <summary>Less time than one by one; negative where it was more.</summary>
    public double SavedSeconds => TaskSeconds - Seconds;

    public TokenCounts Tokens { get; private init; }

    public decimal CostUsd { get; private init; }

    public static GainFigures Of(IEnumerable<JobFigures> jobs) => jobs.Aggregate(new GainFigures(), Add);

    /// <summary>
    /// Of what a job ran itself at least as much succeeded as failed, so that time saved is time saved.
    /// </summary>
    public static bool IsWorthwhile(TaskCounts counts, int reused) =>
        counts.Succeeded > reused && counts.Succeeded - reused >= counts.Failed;

    /// <summary>What the saved time is worth at a rate an hour; negative for time lost.</summary>
    public decimal Value(decimal hourlyRate) => (decimal)(SavedSeconds / 3600) * hourlyRate;

    private static GainFigures Add(GainFigures sum, JobFigures job) => new()
    {
        Jobs = sum.Jobs + 1,
        FailedJobs = sum.FailedJobs + (job.State == JobState.Failed ? 1 : 0),
        CancelledJobs = sum.CancelledJobs + (job.State == JobState.Cancelled ? 1 : 0),
        Tasks = sum.Tasks + job.Counts.Total,
        Succeeded = sum.Succeeded + job.Counts.Succeeded,
        Failed = sum.Failed + job.Counts.Failed,
        Skipped = sum.Skipped + job.Counts.Skipped,
        Reused = sum.Reused + job.Reused,
        Retries = sum.Retries + job.Retries,
        Seconds = sum.Seconds + job.ActiveSeconds,
        TaskSeconds = sum.TaskSeconds
            + (IsWorthwhile(job.Counts, job.Reused) ? job.TaskSeconds : Math.Min(job.TaskSeconds, job.ActiveSeconds)),
        Tokens = sum.Tokens + job.Tokens,
        CostUsd = sum.CostUsd + job.CostUsd,
    };
}
