using Amoeba.Cells.Detached;
using Amoeba.Cells.Docker;
using Amoeba.Cells.Workers;
using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Scheduling;
using Amoeba.Stores;
using Amoeba.Tools.Chat;
using Amoeba.Tools.Delegate;
using Amoeba.Tools.Fetch;

namespace Amoeba.Hosting.Running;

/// <summary>What a parent is told when it is opened.</summary>
internal sealed record ParentOptions
{
    /// <summary>AMOEBA_HOME; null keeps everything in memory, and nothing outlives the parent.</summary>
    public string? Home { get; init; }

    /// <summary>
    /// Of a parent without a home: a folder for its spools that is made and removed by others; null makes one.
    /// </summary>
    public string? Scratch { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// This process's environment, from which children get only what <see cref="Inherit"/> and SPEC 5.2 name.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public IReadOnlyList<string> Inherit { get; init; } = [];

    /// <summary>The least isolation of every job's cell, whatever its plan says.</summary>
    public Isolation Isolation { get; init; }

    /// <summary>Where that was asked for, for a person; null where nobody need be told.</summary>
    public string? IsolationFrom { get; init; }

    public AutonomyLevel Autonomy { get; init; } = AutonomyLevel.Rules;

    public ApprovalExpiry? Expiry { get; init; }

    public Lease Caps { get; init; } = new(256, 10, 32, 2L << 30);

    /// <summary>Heavy children, docker apart, that all parents of the store start in a second.</summary>
    public double HeavyPerSecond { get; init; } = 10;

    /// <summary>Children in docker cells that all parents of the store start in a minute.</summary>
    public double DockerPerMinute { get; init; } = 5;

    /// <summary>What the children of process and detached cells run; null where there is none.</summary>
    public WorkerProgram? Worker { get; init; } = WorkerProgram.Find();

    /// <summary>What is said, with what to do, where there is no worker.</summary>
    public string NoWorker { get; init; } = WorkerProgram.NotThere;

    /// <summary>What is said, with what to do, where children need a home and there is none.</summary>
    public string NoHome { get; init; } = $"{DetachedCellOptions.InMemory}; give it a home, or use another cell";

    /// <summary>How docker cells are made.</summary>
    public DockerOptions Docker { get; init; } = new();

    public long ReservedMemory { get; init; } = 500L << 20;

    public double GainLight { get; init; } = 0.10;

    public double GainHeavy { get; init; } = 0.50;

    public ZoneOptions Zones { get; init; } = new();

    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>C# delegates that plans may name as tools.</summary>
    public DelegateRegistry Delegates { get; init; } = new();

    /// <summary>What `fetch` may reach, and how it behaves.</summary>
    public FetchOptions Fetch { get; init; } = new();

    /// <summary>The models that plans may name.</summary>
    public ModelCatalog Models { get; init; } = ModelCatalog.Empty;

    /// <summary>Clients of an embedding program, under names of <see cref="Models"/>.</summary>
    public IOwnClients? OwnClients { get; init; }

    /// <summary>Further tools of an embedding program.</summary>
    public IReadOnlyList<ITool> Tools { get; init; } = [];

    /// <summary>How long ended jobs are kept; null keeps them all.</summary>
    public RetentionOptions? Retention { get; init; }

    /// <summary>
    /// Hears what a job that is handed in or taken waits for, where that takes more than a moment; for a person.
    /// </summary>
    public Action<string> Waiting { get; init; } = static _ => { };

    /// <summary>Lays something around the store, such as faults; null leaves it as it is.</summary>
    public Func<IStore, IStore>? WrapStore { get; init; }

    /// <summary>Likewise around the outputs.</summary>
    public Func<IOutputs, IOutputs>? WrapOutputs { get; init; }

    /// <summary>How what a dead parent left running is ended; a test may lay faults around it.</summary>
    public Func<string, TimeProvider, CancellationToken, Task<(int Killed, bool Clean)>> Sweep { get; init; } =
        LeftBehind.SweepAsync;

    /// <summary>Likewise of a detached attempt that was given up.</summary>
    public Func<ForeignTree, TimeProvider, CancellationToken, Task<bool>> EndTree { get; init; } =
        static (tree, time, cancel) => tree.EndAsync(time, cancel);

    /// <summary>Hears what a person should know and no job tells. From any thread.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>False for one that starts no program, and so needs no guardian.</summary>
    public bool IsGuarded { get; init; } = true;

    /// <summary>Between two looks at requests of other processes.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromMilliseconds(100);
}

/// <summary>How the tools of a plan are looked at before it runs.</summary>
internal static class PlanTools
{
    public static IEnumerable<ToolSpec> Of(TaskSpec task) => task.Verify is { } verify ? [.. task.Do, verify] : task.Do;
}
