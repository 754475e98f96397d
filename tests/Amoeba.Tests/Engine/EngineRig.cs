using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Stores.Memory;
using Amoeba.Tests.Simulation;

namespace Amoeba.Tests.Engine;

/// <summary>
/// One engine over a memory store, told events by hand. Children come and go at once; attempts end when the test says.
/// </summary>
internal sealed class EngineRig : IDisposable
{
    public static readonly Lease Plenty = new(16, 0, 16, 1L << 30);

    private readonly CommitBatch _batch = new();
    private long _uptime;
    private int _requests;

    public EngineRig(string parent = "p", MemoryStore? store = null, Lease? lease = null)
    {
        Store = store ?? new MemoryStore();
        Parent = parent;
        Core = new EngineCore(new EngineOptions { Parent = parent, Window = 8 })
        {
            Moved = (from, to) => Moves.Add((from, to)),
        };
        Store.AddParent(new ParentRecord(parent, 1, "boot", 1, DateTimeOffset.UnixEpoch, "test"));
        Tell(new LeaseChanged(lease ?? Plenty));
    }

    public string Parent { get; }

    public long Uptime => _uptime;

    public MemoryStore Store { get; }

    public EngineCore Core { get; }

    /// <summary>Attempts that were let out and have not ended, in their order.</summary>
    public List<AttemptOrder> Running { get; } = [];

    /// <summary>Every transition of a child.</summary>
    public List<(ChildState From, ChildState To)> Moves { get; } = [];

    /// <summary>Every effect that was let out.</summary>
    public List<Effect> Released { get; } = [];

    /// <summary>Why children never come up; null where they do.</summary>
    public string? SpawnFails { get; set; }

    /// <summary>They never come up because the machine lacks something.</summary>
    public bool SpawnLacks { get; set; }

    /// <summary>What becomes of new children is not told until the test says so.</summary>
    public bool KeepsSpawned { get; set; }

    /// <summary>Children that are destroyed are not gone until the test says so.</summary>
    public bool KeepsDestroyed { get; set; }

    public void Dispose() => Store.Dispose();

    public void After(TimeSpan time)
    {
        Pass(time);
        Tell(TimePassed.Instance);
    }

    /// <summary>Time passes, and the engine is not told.</summary>
    public void Pass(TimeSpan time) => _uptime += time.Ticks;

    /// <summary>Several events in one batch, then its commit and everything that children do at once.</summary>
    public void Tell(params EngineEvent[] happened)
    {
        foreach (var one in happened)
        {
            Core.Step(Now, one);
        }

        Commit();
        var answers = new List<EngineEvent>();
        foreach (var effect in Take())
        {
            Released.Add(effect);
            switch (effect)
            {
                case SpawnChild spawn when !KeepsSpawned:
                    answers.Add(SpawnFails is { } why
                        ? new ChildFailed(spawn.Spec.Id, new ChildLoss(why) { IsLack = SpawnLacks })
                        : new ChildReady(spawn.Spec.Id, null)); break;
                case DestroyChild destroy when !KeepsDestroyed: answers.Add(new ChildGone(destroy.Child)); break;
                case LeaveChild leave: answers.Add(new ChildGone(leave.Child)); break;
                case TurnsWanted turns: answers.Add(Give(turns)); break;
                case StartAttempt start: Running.Add(start.Order); break;
            }
        }

        answers.ForEach(answer => Tell(answer));
    }

    public void End(int ordinal, AttemptEnd end = AttemptEnd.Succeeded, string output = "out")
    {
        var order = Running.Single(order => order.Ordinal == ordinal);
        Running.Remove(order);
        Tell(new AttemptEnded(new AttemptResult(order, end)
        {
            Error = end == AttemptEnd.Succeeded ? null : "exit 1",
            Output = OutputRef.Of(System.Text.Encoding.UTF8.GetBytes(output)),
            Figures = new AttemptFigures { Execution = 1 },
        }));
    }

    public void Submit(JobStart start) => Tell(new JobSubmitted(start));

    /// <summary>Takes a job as a new owner does: with what the store has of it.</summary>
    public void Take(JobStart start, bool goOn = true, params StageFlow[] flows)
    {
        var id = start.Record.Id;
        var epoch = Store.Acquire(id, Parent, Store.FindJob(id)!.Epoch)!.Value;
        var open = Store.ReadTasks(id, 0, int.MaxValue)
            .Where(
                row =>
                    row.State is TaskState.Running or TaskState.Waiting || start.Stages[^1] is { IsMerge: true } merge
                && row.Ordinal == merge.First && row.State == TaskState.Succeeded).ToList();
        Tell(new JobTaken(start, Store.FindJob(id)!, epoch, Store.ReadMarks(id), open, Store.FindApproval(id), goOn)
        {
            Flows = flows,
        });
    }

    /// <returns>The error, or null where it was done.</returns>
    public string? Ask(string job, string kind, string? argument = null)
    {
        var id = $"{Parent}-r{++_requests}";
        Tell(new JobAsked(new RequestRecord(id, job, kind, argument, "me", Now.Wall), Rows(job)));
        return Released.OfType<AnswerRequest>().Single(answer => answer.Id == id).Error;
    }

    public JobStatusRecord Status(string job) => Store.FindJob(job)!.Status;

    /// <summary>The rows that a retry is given.</summary>
    public List<TaskRecord> Rows(string job) =>
        [.. Store.ReadTasks(job, 0, int.MaxValue).Where(row => TaskLife.IsEnded(row.State))];

    public static StagePlan Stage(string id, int first, int items, params int[] needs) => new()
    {
        Id = id,
        First = first,
        Items = items,
        Needs = needs,
        Retries = 0,
    };

    public static JobStart Job(string id, int children, params StagePlan[] stages) => DisasterPlan.Start(
        id, stages, children, stages.Any(stage => stage.IsMerge) ? MergeWay.Task : MergeWay.None);

    public Moment Now => new(DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(_uptime), _uptime);

    private void Commit()
    {
        IReadOnlyList<string> rejected;
        do
        {
            Core.TakeBatch(_batch);
            rejected = Store.Commit(_batch).Rejected;
            _batch.Clear();
            foreach (var job in rejected)
            {
                Core.Effects.RemoveAll(
                    effect => effect.Job == job && effect is not DestroyChild and not LeaveChild and not JobForgotten);
            }

            foreach (var job in rejected)
            {
                Core.Step(Now, new JobLost(job));
            }
        }
        while (rejected.Count > 0);
    }

    private TurnsGiven Give(TurnsWanted turns)
    {
        var pace = turns.Kind == PacedKind.Docker ? SpawnPace.PerMinute(5) : SpawnPace.PerSecond(10);
        var given = Store.TakeTurns(turns.Kind, turns.Wanted, pace, Now.Wall);
        return new TurnsGiven(turns.Kind, [.. given.Select(at => at - Now.Wall)]);
    }

    private List<Effect> Take()
    {
        var effects = Core.Effects.ToList();
        Core.Effects.Clear();
        return effects;
    }
}
