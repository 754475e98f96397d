using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Plays a job of one task in memory, on a thread of its own, while the command line is still reading its
/// configuration and its plan. Nothing is written and no program started: all it leaves is that the runtime has loaded
/// what the real job is about to need, on a processor that would have been idle (docs/decisions/0007). It begins with
/// what the real job comes to last, so that the two meet in the middle.
/// </summary>
internal static class Rehearsal
{
    private const string Name = "rehearsal";

    /// <summary>No such folder: nothing of it is stored.</summary>
    private const string Nowhere = "/dev/null/amoeba";

    /// <summary>Begins it where there is a processor to spare.</summary>
    public static void Begin()
    {
        if (Environment.ProcessorCount > 1)
        {
            new Thread(Play) { IsBackground = true, Name = "amoeba " + Name }.Start();
        }
    }

    private static void Play()
    {
        try
        {
            PlayAsync().GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            // Whatever this is, the real job meets it too, and says it.
        }
    }

    /// <returns>How the job ended: well, because the wait stands in for the program.</returns>
    internal static async Task<JobState> PlayAsync()
    {
        await using var parent = Parent.Open(new ParentOptions
        {
            Environment = EnvironmentBuilder.OfThisProcess(),
            Scratch = Nowhere,
            IsGuarded = false,
        });
        var plan = Plan();
        var ready = new ReadyJob(Start(plan), plan, [new StageManifest(Name, 1, "", Stored: false, 0)], []);
        await parent.HostAsync(ready, "/", Nowhere, new JobSubmitted(ready.Start));
        return await parent.WhenSettledAsync(Name, CancellationToken.None);
    }

    /// <summary>A program that is not there, and then a wait of no time.</summary>
    private static PlanSpec Plan() => new()
    {
        Name = Name,
        Type = Name,
        Tasks = [new TaskSpec { Id = Name, Type = Name, Do = [new RunSpec([Template.Literal("/")]), new WaitSpec(new Figure(0, null))] }],
    };

    private static JobStart Start(PlanSpec plan) => new()
    {
        Record = new JobRecord
        {
            Id = Name,
            Name = Name,
            Type = Name,
            PlanJson = PlanJson.Write(plan, withItems: false),
            OptionsJson = "{}",
            Folder = "/",
            StagesJson = "[]",
            Created = DateTimeOffset.UnixEpoch,
            Seed = 1,
        },
        Stages = [new StagePlan { Id = Name, First = 0, Items = 1, Program = true }],
        Decision = new Decision
        {
            Split = false,
            Children = 1,
            Gain = 0,
            SequentialSeconds = 0,
            ParallelSeconds = 0,
            MemoryBytes = 0,
            Cell = CellKind.Thread,
            Reasons = [],
            Input = new DecisionInput { Stages = [], Machine = new MachineInput(1, 1, 0, 1, 1, 1, 1, "off") },
        },
    };
}
