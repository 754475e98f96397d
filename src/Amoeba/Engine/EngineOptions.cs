using Amoeba.Engine.Ports;

namespace Amoeba.Engine;

/// <summary>What one engine is told once.</summary>
internal sealed record EngineOptions
{
    /// <summary>Id of the parent it decides for.</summary>
    public required string Parent { get; init; }

    /// <summary>What all parents of the store may use together (SPEC 5.3). It asks for no more.</summary>
    public Lease Caps { get; init; } = new(256, 10, 32, 2L << 30);

    /// <summary>What it may use until it hears otherwise.</summary>
    public Lease Lease { get; init; }

    /// <summary>Bytes of the machine's memory that stay free: nothing starts that would go below.</summary>
    public long ReservedMemory { get; init; } = 500L << 20;

    /// <summary>The pace of heavy children, docker apart, as it is told to who waits for a turn.</summary>
    public double HeavyPerSecond { get; init; } = 10;

    /// <summary>Likewise of children in docker cells.</summary>
    public double DockerPerMinute { get; init; } = 5;

    /// <summary>Waiting tasks that are held in memory, per stage.</summary>
    public int Window { get; init; } = 1024;

    /// <summary>Between the request to end and the force.</summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Losses in a row with no recorded progress of the job that end a task (SPEC 9.2).</summary>
    public int MostLosses { get; init; } = 3;
}
