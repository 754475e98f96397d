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

    /// <summary>How often in a row it was granted what its next start takes, and started nothing.</summary>
    public int UnusedTurns { get; set; }
}

/// <summary>A child in the world, whatever the engine believes of it.</summary>
internal sealed class SimulatedChild(string id)
{
    public string Id => id;

    private long _worked;
    private long _worksSince;
    private long _pace = 1;

    public AttemptOrder? Running { get; set; }

    /// <summary>What its last attempt has on the disk, where that outlives a parent.</summary>
    public SimulatedRun? Run { get; set; }

    /// <summary>Who hears what such an attempt says; nobody, where its parent is gone.</summary>
    public SimulatedParent? Follower { get; set; }

    /// <summary>Grows with every start and end, so that what was planned for an earlier attempt is dropped.</summary>
    public int Turn { get; set; }

    /// <summary>It ignores everything but force, and gets nothing done.</summary>
    public bool IsStalled { get; set; }

    /// <summary>Its attempt waits for something that is no work of its own.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Ticks that its attempt has worked by now.</summary>
    public long WorkedBy(long now) => _worked + (IsWaiting ? 0 : now - _worksSince);

    /// <summary>As it waits it gets nothing done, and is not stuck either.</summary>
    public long ProgressAt(long now) => Running is null ? -1 : IsStalled ? 0 : WorkedBy(now) / _pace;

    /// <param name="now">Ticks of uptime.</param>
    /// <param name="pace">Ticks from one step of its attempt to the next; a little less than
    /// what would make it stuck.</param>
    public void Begin(long now, long pace)
    {
        Turn++;
        (IsWaiting, _worked, _worksSince, _pace) = (false, 0, now, pace);
    }

    public void Pause(long now) => (_worked, IsWaiting) = (WorkedBy(now), true);

    public void GoOn(long now) => (IsWaiting, _worksSince) = (false, now);
}
