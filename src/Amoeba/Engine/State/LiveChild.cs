using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Engine.State;

/// <summary>A child while it is there.</summary>
internal sealed class LiveChild(string id, LiveJob job, CellKind cell, DateTimeOffset started)
{
    private long? _timeLeft;

    public string Id { get; } = id;

    public LiveJob Job { get; } = job;

    public CellKind Cell { get; } = cell;

    /// <summary>It counts against the cap on heavy children, and not against the one on light ones.</summary>
    public bool IsHeavy => CellCosts.IsHeavy(Cell);

    /// <summary>What it is at goes on when its parent ends. A merge by a model is the parent's own work.</summary>
    public bool Outlives =>
        Cell == CellKind.Detached && Task is { } task && (!task.Stage.Plan.IsMerge || task.Stage.Plan.Program);

    public ChildState State { get; private set; } = ChildState.Spawning;

    /// <summary>It has an attempt: one that it was given, and may have been told to end.</summary>
    public bool IsAtWork => State is ChildState.Busy or ChildState.Draining;

    public int? Pid { get; set; }

    public LiveTask? Task { get; set; }

    /// <summary>The attempt it works on, which may have been given up already.</summary>
    public int Attempt { get; set; }

    /// <summary>
    /// The group that it worked for last, with its stage: that group's next task goes to it before others.
    /// </summary>
    public (int Stage, int Group)? Group { get; set; }

    /// <summary>When the attempt's time is up, ticks of uptime.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>Ticks before <see cref="Deadline"/> at which its attempt is warned of it.</summary>
    public long WarnBefore { get; set; }

    public bool IsTimeWarned { get; set; }

    /// <summary>What its attempt was warned of last; null where it was not.</summary>
    public string? Warning { get; set; }

    /// <summary>When something is to be done about its attempt's time, ticks of uptime.</summary>
    public long NextDeadline => IsTimeWarned || Deadline == long.MaxValue ? Deadline : Deadline - WarnBefore;

    /// <summary>Ticks of uptime when it was asked for.</summary>
    public long Asked { get; init; }

    /// <summary>Seconds that making it took; its first attempt pays for them.</summary>
    public double SpawnSeconds { get; set; }

    /// <summary>Whether its attempt gets on; null where nobody looks.</summary>
    public StallWatch? Stall { get; set; }

    /// <summary>Why its attempt was stopped as stuck; null where it was not.</summary>
    public string? StallError { get; set; }

    /// <summary>What its present attempt waits for that is no work of its own; null while it works.</summary>
    public string? WaitsFor { get; private set; }

    /// <summary>The earliest moment at which it can go on; null where nobody knows.</summary>
    public DateTimeOffset? WaitsUntil { get; private set; }

    /// <summary>What its present attempt holds of the caps.</summary>
    public bool HoldsProgram { get; set; }

    public long HoldsMemory { get; set; }

    public Spend HoldsSpend { get; set; }

    /// <summary>Its present attempt was told to end, and has a grace for that.</summary>
    public bool IsToldToEnd { get; set; }

    /// <summary>
    /// Its present attempt is claimed in memory alone: no commit has it, and nobody was told to start it.
    /// </summary>
    public bool IsUnreleased { get; set; }

    public bool Dirty { get; set; }

    /// <summary>It counts against no cap any more, and has no row: it is gone, or dead and about to go.</summary>
    public bool IsFree { get; set; }

    /// <summary>While it waits its attempt's clock stands; null goes on.</summary>
    /// <param name="what">What it waits for.</param>
    /// <param name="until">The earliest moment at which it can go on.</param>
    /// <param name="at">Since when, ticks of uptime.</param>
    /// <returns>False where that is known already.</returns>
    public bool Wait(string? what, DateTimeOffset? until, long at)
    {
        if (what == WaitsFor && until == WaitsUntil)
        {
            return false;
        }

        if (what is not null && WaitsFor is null && Deadline != long.MaxValue)
        {
            (_timeLeft, Deadline) = (Math.Max(0, Deadline - at), long.MaxValue);
        }
        else if (what is null && _timeLeft is { } left)
        {
            (_timeLeft, Deadline) = (null, at + left);
        }

        if ((what is null) != (WaitsFor is null))
        {
            Stall?.Wait(what is not null, at);
        }

        (WaitsFor, WaitsUntil) = (what, until);
        return true;
    }

    /// <summary>Its attempt is over, and so is whatever it waited for.</summary>
    /// <returns>True where it waited, or was warned.</returns>
    public bool EndWait()
    {
        var waited = WaitsFor is not null || Warning is not null;
        (WaitsFor, WaitsUntil, _timeLeft, Deadline) = (null, null, null, long.MaxValue);
        (Stall, StallError, Warning, IsTimeWarned) = (null, null, null, false);
        return waited;
    }

    public void Move(ChildState to) => State = ChildLife.Move(State, to);

    public ChildRecord ToRecord(string parent) => new(Id, Job.Id, parent, Cell, State, Pid, started)
    {
        WaitsFor = WaitsFor,
        WaitsUntil = WaitsUntil,
        Warning = Warning,
    };
}
