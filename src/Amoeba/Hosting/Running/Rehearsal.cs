using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Plays a job of two tasks in memory, on a thread of its own, while the command line is still reading its
/// configuration and its plan. Nothing is written and no program started: all it leaves is that the runtime has loaded
/// what the real job is about to need, on a processor that would have been idle (docs/decisions/0007). It begins with
/// what the real job comes to last, so that the two meet in the middle.
/// </summary>
internal static class Rehearsal
{
    private const string Name = "rehearsal", Program = "program", Pause = "pause";

    /// <summary>No such folder: nothing of it is stored.</summary>
    private const string Nowhere = "/dev/null/amoeba";

    /// <summary>Begins it where there is a processor to spare.</summary>
    public static void Begin()
    {
        if (Environment.ProcessorCount > 1)
        {
            new Thread(Begun) { IsBackground = true, Name = "amoeba " + Name }.Start();
        }
    }

    private static void Begun()
    {
        try
        {
            Play();
        }
        catch (Exception)
        {
            // Whatever this is, the real job meets it too, and says it.
        }
    }

    /// <summary>
    /// Waits in place: the thread has nothing else to do, and methods that wait are what compiles longest.
    /// </summary>
    /// <returns>How the job ended: with a task that failed, because its program is not there.</returns>
    internal static JobState Play()
    {
        var parent = Parent.Open(new ParentOptions
        {
            Environment = EnvironmentBuilder.OfThisProcess(),
            Scratch = Nowhere,
            IsGuarded = false,
        });
        try
        {
            var plan = Plan();
            var ready = new ReadyJob(Start(plan), plan, [Manifest(Program), Manifest(Pause)], []);
            parent.HostAsync(ready, "/", Nowhere, new JobSubmitted(ready.Start)).GetAwaiter().GetResult();
            return parent.WhenSettledAsync(Name, CancellationToken.None).GetAwaiter().GetResult();
        }
        finally
        {
            parent.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static StageManifest Manifest(string task) => new(task, 1, "", Stored: false, 0);

    /// <summary>
    /// A program that is not there, and a wait: so the ways are gone that an attempt takes at once and later.
    /// </summary>
    private static PlanSpec Plan() => new()
    {
        Name = Name,
        Type = Name,
        Tasks =
        [
            new TaskSpec { Id = Program, Type = Name, Do = [new RunSpec([Template.Literal("/")])] },
            new TaskSpec { Id = Pause, Type = Name, Do = [new WaitSpec(new Figure(0.001, null))] },
        ],
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
        Stages =
        [
            new StagePlan { Id = Program, First = 0, Items = 1, Program = true },
            new StagePlan { Id = Pause, First = 1, Items = 1 },
        ],
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
