using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Engine.State;

/// <summary>A child that waits for its turn to be started.</summary>
/// <param name="Id">The id that it will have.</param>
/// <param name="Since">Since when.</param>
/// <param name="Until">When its turn is; null where the line is too long to know.</param>
internal sealed record NextChild(string Id, DateTimeOffset Since, DateTimeOffset? Until);

/// <summary>A job while this parent owns it.</summary>
internal sealed class LiveJob
{
    private const int UsuallyReady = 16;

    private readonly PriorityQueue<LiveTask, ReadyKey> _light = new(UsuallyReady);
    private readonly PriorityQueue<LiveTask, ReadyKey> _programs = new(UsuallyReady);

    private Decision _decision;

    public LiveJob(JobStart start, long epoch)
    {
        Start = start;
        Epoch = epoch;
        _decision = start.Decision;
        DecisionText = DecisionJson.Write(start.Decision);
        Width = Math.Max(1, start.Decision.Children);
        Stages = [.. start.Stages.Select((plan, index) => new LiveStage(this, plan, index))];
        foreach (var stage in Stages)
        {
            MostMemory = Math.Max(MostMemory, stage.Plan.Memory);
            HasPrograms |= stage.Plan.Program;
            HasOthers |= !stage.Plan.Program;
            foreach (var need in stage.Plan.Needs)
            {
                Stages[need].Dependents.Add(stage.Index);
            }

            if (stage.Plan.From is { } from)
            {
                stage.Source = Stages[from];
                Stages[from].Flows.Add(stage);
            }
        }
    }

    public JobStart Start { get; }

    /// <summary>Most bytes that one of its tasks is expected to need.</summary>
    public long MostMemory { get; }

    /// <summary>Some of its tasks start programs.</summary>
    public bool HasPrograms { get; }

    /// <summary>Some of its tasks are none.</summary>
    public bool HasOthers { get; }

    public string Id => Start.Record.Id;

    public long Epoch { get; }

    /// <summary>The record has to be written with the next commit, because no commit made the job yet.</summary>
    public bool IsNew { get; set; }

    public JobState State { get; private set; } = JobState.Queued;

    public string? Reason { get; set; }

    public Decision Decision
    {
        get => _decision;
        set
        {
            _decision = value;
            DecisionText = DecisionJson.Write(value);
        }
    }

    /// <summary>The decision as it is stored; written once, because every commit of the job carries it.</summary>
    public string DecisionText { get; private set; } = "";

    public int Width { get; set; }

    public LiveStage[] Stages { get; }

    public List<LiveChild> Children { get; } = [];

    /// <summary>Those of <see cref="Children"/> that wait for work.</summary>
    public List<LiveChild> Idle { get; } = [];

    /// <summary>How many of <see cref="Children"/> are being spawned.</summary>
    public int Coming { get; set; }

    /// <summary>Open stages whose cursor is not at the end.</summary>
    public List<LiveStage> Filling { get; } = [];

    public int ChildrenMade { get; set; }

    /// <summary>The child that it makes as soon as it has a turn to start it; null where it waits for none.</summary>
    public NextChild? Next { get; set; }

    public int Running { get; set; }

    /// <summary>Its owner runs it; false only holds it, to answer requests.</summary>
    public bool GoOn { get; set; }

    /// <summary>
    /// Number of the merge that an edge makes at present; 0 for none. The word of any other merge is not taken.
    /// </summary>
    public long MergeNumber { get; set; }

    /// <summary>The machine's zone narrowed it at some time.</summary>
    public bool WasHeldBack { get; set; }

    public bool Released { get; set; }

    /// <summary>
    /// Released, but attempts of it are still ending: nobody else gets it before they
    /// have, for theirs would run beside.
    /// </summary>
    public bool IsLeaving { get; set; }

    public bool Dirty { get; set; }

    public ApprovalRecord? Approval { get; set; }

    public long ApprovalDue { get; set; } = long.MaxValue;

    public int Total { get; set; }

    public int Succeeded { get; set; }

    public int Failed { get; set; }

    public int Skipped { get; set; }

    public int Cancelled { get; set; }

    public int MergeRunning { get; set; }

    public long Progress { get; set; }

    public double TaskSeconds { get; set; }

    public TokenCounts Tokens { get; set; }

    public decimal CostUsd { get; set; }

    public int Reused { get; set; }

    public int Retries { get; set; }

    /// <summary>What the overseer did to its children, warnings and ends.</summary>
    public int Acts { get; set; }

    /// <summary>What its attempts cost together, failed ones too.</summary>
    public ChildUse Used { get; set; }

    /// <summary>What the attempts that run are expected to use of the budget.</summary>
    public Spend Expected { get; set; }

    /// <summary>Bytes that the attempts that run were admitted with.</summary>
    public long MemoryInUse { get; set; }

    /// <summary>It was said that most of the budget is used.</summary>
    public bool IsBudgetWarned { get; set; }

    /// <summary>Its time is up: what ran was told to end, and it stops when that has.</summary>
    public bool IsOverTime { get; set; }

    /// <summary>Why it stops as soon as nothing runs: it would cost money that nobody was asked for.</summary>
    public string? Unasked { get; set; }

    /// <summary>Why it stops as soon as nothing runs: the machine lacks what its children need.</summary>
    public string? Lacks { get; set; }

    public OutputRef Output { get; set; } = OutputRef.None;

    public DateTimeOffset? Started { get; set; }

    public DateTimeOffset? Finished { get; set; }

    public double ActiveSeconds { get; set; }

    /// <summary>When the present stretch of running began, ticks of uptime; null while it does not run.</summary>
    public long? ActiveSince { get; set; }

    public RestartIntensity SpawnFailures { get; } = new();

    /// <summary>No child is made before, ticks of uptime: a spawn failed.</summary>
    public long SpawnNotBefore { get; set; }

    public int Corrections { get; set; }

    public int ReadyCount => _light.Count + _programs.Count;

    public bool HasEnded => JobLife.IsEnded(State);

    public bool MayStart => State == JobState.Running && GoOn && !Released;

    public void Move(JobState to)
    {
        State = JobLife.Move(State, to);
    }

    /// <summary>Takes the state that the store has; no transition.</summary>
    public void Load(JobState state) => State = state;

    public void Enqueue(LiveTask task, ReadyKey key) =>
        (task.Stage.Plan.Program ? _programs : _light).Enqueue(task, key);

    /// <summary>The first ready task that may start, given whether another program may; null where none may.</summary>
    public LiveTask? Peek(bool programs, out ReadyKey key)
    {
        var hasLight = _light.TryPeek(out var light, out var lightKey);
        if (programs && _programs.TryPeek(out var program, out var programKey) && (!hasLight || programKey < lightKey))
        {
            key = programKey;
            return program;
        }

        key = lightKey;
        return hasLight ? light : null;
    }

    public void Dequeue(LiveTask task) => (task.Stage.Plan.Program ? _programs : _light).Dequeue();

    public void ClearReady()
    {
        _light.Clear();
        _programs.Clear();
        foreach (var stage in Stages)
        {
            stage.Ready = 0;
        }
    }

    /// <summary>The stage that an ordinal falls into.</summary>
    public LiveStage StageOf(int ordinal)
    {
        int low = 0, high = Stages.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (Stages[middle].Plan.First <= ordinal)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return Stages[low];
    }

    public TaskCounts Counts => new(Total, Running - MergeRunning, Succeeded, Failed, Skipped, Cancelled);
}
