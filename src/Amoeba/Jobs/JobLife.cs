namespace Amoeba.Jobs;

/// <summary>The one owner of a job's transitions; drawn in docs/state-machines.md.</summary>
internal static class JobLife
{
    public static bool IsEnded(JobState state) =>
        state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    public static bool May(JobState from, JobState to) => (from, to) switch
    {
        (JobState.Queued, JobState.AwaitingApproval or JobState.Running or JobState.Interrupted) => true,
        (JobState.AwaitingApproval, JobState.Queued) => true,
        (JobState.Running, JobState.Paused or JobState.Interrupted or JobState.Succeeded or JobState.Failed) => true,
        (JobState.Paused, JobState.Running or JobState.Queued) => true,
        (JobState.Paused, JobState.Succeeded or JobState.Failed) => true, // what still runs may end it
        (JobState.Interrupted, JobState.Queued or JobState.Running) => true,
        (JobState.Succeeded or JobState.Failed or JobState.Cancelled, JobState.Running) => true, // a person's retry
        (JobState.Failed or JobState.Cancelled, JobState.Queued) => true, // a retry of what nobody has allowed
        (_, JobState.Cancelled) => !IsEnded(from),
        _ => false,
    };

    public static JobState Move(JobState from, JobState to) => May(from, to)
        ? to
        : throw new InvalidOperationException($"A job cannot go from {Names.Of(from)} to {Names.Of(to)}.");
}
