using Amoeba.Engine;
using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Simulation;

/// <summary>One parent of a disaster: an engine with its own inbox, and the children it spawned.</summary>
internal sealed class SimulatedParent(string id, Lease caps)
{
    /// <summary>The ids of commands begin so.</summary>
    public const char Command = 'c';

    public string Id => id;

    public EngineCore Core { get; } = new(new EngineOptions
    {
        Parent = id,
        Caps = caps,
        Window = 8,
        KillGrace = TimeSpan.FromSeconds(1),
    });

    public Queue<EngineEvent> Inbox { get; } = new();

    /// <summary>Its process is there.</summary>
    public bool IsAlive { get; set; } = true;

    /// <summary>Its lock is held: by itself, or by its guardian until the last of its children is gone.</summary>
    public bool IsLocked { get; set; } = true;

    public Dictionary<string, SimulatedChild> Children { get; } = [];

    public bool RoundPlanned { get; set; }

    /// <summary>Its process is there and does nothing.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>It only came to ask something of a job.</summary>
    public bool IsCommand => id[0] == Command;

    public bool Steps => IsAlive && !IsFrozen;

    /// <summary>Since when it is not granted what its next start takes.</summary>
    public long WaitsSince { get; set; } = long.MaxValue;
}

/// <summary>A child in the world, whatever the engine believes of it.</summary>
internal sealed class SimulatedChild(string id)
{
    public string Id => id;

    public AttemptOrder? Running { get; set; }

    /// <summary>Grows with every start and end, so that what was planned for an earlier attempt is dropped.</summary>
    public int Turn { get; set; }

    /// <summary>It ignores everything but force, and gets nothing done.</summary>
    public bool IsStalled { get; set; }

    public long Began { get; set; }

    /// <summary>Ticks from one step of its attempt to the next; a little less than what would make it stuck.</summary>
    public long Pace { get; set; } = 1;

    public long ProgressAt(long now) => Running is null ? -1 : IsStalled ? 0 : (now - Began) / Pace;
}
