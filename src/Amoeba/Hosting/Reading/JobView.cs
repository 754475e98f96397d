using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Reading;

/// <summary>A job as faces show it: as <see cref="StoredJob"/>, with the state that holds now.</summary>
/// <param name="Stored">What the store has.</param>
/// <param name="State">
/// The stored state, but <see cref="JobState.Interrupted"/> where it says that the job lives and its owner does not.
/// </param>
/// <param name="Seconds">From the first start to the finish or to now, without waits for a
/// person and interruptions.</param>
internal sealed record JobView(StoredJob Stored, JobState State, double Seconds)
{
    public static IReadOnlySet<int> None { get; } = new HashSet<int>();

    public string Id => Stored.Id;

    public JobRecord Record => Stored.Record;

    public JobStatusRecord Status => Stored.Status;

    /// <summary>
    /// No parent has it: what the store has as running waits to be run again, unless it goes on by itself.
    /// </summary>
    public bool IsStopped { get; init; }

    /// <summary>
    /// Of one that is stopped: the ordinals of tasks that go on by themselves, or did and are not counted yet.
    /// </summary>
    public IReadOnlySet<int> GoOn { get; init; } = None;

    public TaskCounts Counts
    {
        get
        {
            var counts = Stored.Status.Counts;
            // The merge goes on alone, when all others have ended, and is not counted.
            return IsStopped ? counts with { Running = Math.Min(GoOn.Count, counts.Running + counts.Waiting) } : counts;
        }
    }

    public bool IsEnded => JobLife.IsEnded(State);

    /// <summary>Nothing will happen to it until a person does something.</summary>
    public bool IsSettled => IsEnded || State is JobState.AwaitingApproval or JobState.Interrupted;
}
