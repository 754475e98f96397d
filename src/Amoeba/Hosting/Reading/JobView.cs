using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Reading;

/// <summary>A job as faces show it: as <see cref="StoredJob"/>, with the state that holds now.</summary>
/// <param name="Stored">What the store has.</param>
/// <param name="State">
/// The stored state, but <see cref="JobState.Interrupted"/> where it says that the job lives and its owner does not.
/// </param>
/// <param name="Seconds">From the first start to the finish or to now, without waits for a person and interruptions.</param>
internal sealed record JobView(StoredJob Stored, JobState State, double Seconds)
{
    public string Id => Stored.Id;

    public JobRecord Record => Stored.Record;

    public JobStatusRecord Status => Stored.Status;

    /// <summary>Its owner died and what it ran with it: what the store has as running waits to be run again.</summary>
    public bool IsStopped { get; init; }

    public TaskCounts Counts => IsStopped ? Stored.Status.Counts with { Running = 0 } : Stored.Status.Counts;

    public bool IsEnded => JobLife.IsEnded(State);

    /// <summary>Nothing will happen to it until a person does something.</summary>
    public bool IsSettled => IsEnded || State is JobState.AwaitingApproval or JobState.Interrupted;
}
