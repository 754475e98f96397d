using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Engine.State;

/// <summary>A child while it is there.</summary>
internal sealed class LiveChild(string id, LiveJob job, CellKind cell, DateTimeOffset started)
{
    public string Id { get; } = id;

    public LiveJob Job { get; } = job;

    public CellKind Cell { get; } = cell;

    public ChildState State { get; private set; } = ChildState.Spawning;

    public int? Pid { get; set; }

    public LiveTask? Task { get; set; }

    /// <summary>The attempt it works on, which may have been given up already.</summary>
    public int Attempt { get; set; }

    /// <summary>The group that it worked for last, with its stage: that group's next task goes to it before others.</summary>
    public (int Stage, int Group)? Group { get; set; }

    /// <summary>When the attempt's time is up, ticks of uptime.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>What its present attempt holds of the caps.</summary>
    public bool HoldsProgram { get; set; }

    public long HoldsMemory { get; set; }

    /// <summary>Its present attempt is claimed in memory alone: no commit has it, and nobody was told to start it.</summary>
    public bool IsUnreleased { get; set; }

    public bool Dirty { get; set; }

    public void Move(ChildState to) => State = ChildLife.Move(State, to);

    public ChildRecord ToRecord(string parent) => new(Id, Job.Id, parent, Cell, State, Pid, started);
}
