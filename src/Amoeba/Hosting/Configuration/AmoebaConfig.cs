using Amoeba.Cells.Docker;
using Amoeba.Deciding;
using Amoeba.Jobs;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Scheduling;
using Amoeba.Tools.Fetch;

namespace Amoeba.Hosting.Configuration;

/// <summary>The configuration in force, with where each value came from.</summary>
internal sealed record AmoebaConfig
{
    /// <summary>AMOEBA_HOME: where the state lives. Absolute.</summary>
    public required string Home { get; init; }

    public AutonomyLevel Autonomy { get; init; } = AutonomyLevel.Rules;

    public ApprovalConfig Approval { get; init; } = new();

    /// <summary>Names of environment variables that children inherit.</summary>
    public IReadOnlyList<string> Inherit { get; init; } = [];

    public CapConfig Caps { get; init; } = new();

    /// <summary>Limits of an attempt where a plan says nothing.</summary>
    public LimitSpec Limits { get; init; } = LimitSpec.Default;

    /// <summary>The least isolation of every job's cell, whatever its plan says.</summary>
    public Isolation Isolation { get; init; }

    public GainConfig Gain { get; init; } = new();

    public ZoneOptions Zones { get; init; } = new();

    /// <summary>What a running task gets to end by itself when its job stops.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What does a task that has only a description; goes to <see cref="PlanReadOptions.DefaultTool"/>.
    /// </summary>
    public PlanNode? DefaultTool { get; init; }

    /// <summary>What an hour of saved time is worth, in US dollars.</summary>
    public decimal? HourlyRate { get; init; }

    public RetentionConfig Retention { get; init; } = new();

    /// <summary>What `fetch` may reach, and how it behaves.</summary>
    public FetchOptions Fetch { get; init; } = new();

    /// <summary>How docker cells are made.</summary>
    public DockerOptions Docker { get; init; } = new();

    /// <summary>Models by name. Holds secrets.</summary>
    public ModelsConfig? Models { get; init; }

    /// <summary>Rules of autonomy in order; checked for their shape only.</summary>
    public PlanNode? Rules { get; init; }

    /// <summary>
    /// By key: the flag, variable or file that a value came from. A key that is missing has its default.
    /// </summary>
    public IReadOnlyDictionary<string, string> Origins { get; init; } = new Dictionary<string, string>();

    /// <summary>For a person: what is configured and has no effect.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <param name="Node">As it is written.</param>
/// <param name="Entries">As it is meant.</param>
internal sealed record ModelsConfig(PlanNode Node, IReadOnlyList<ModelEntry> Entries);

/// <param name="Expires">After this time a request is answered by itself; null is never.</param>
/// <param name="Answer">The answer it then gets.</param>
internal sealed record ApprovalConfig(TimeSpan? Expires, AnswerKind Answer)
{
    public ApprovalConfig()
        : this(TimeSpan.FromDays(7), AnswerKind.Deny)
    {
    }
}

/// <summary>What all jobs of a store may use together.</summary>
/// <param name="Light">Children in thread cells at once.</param>
/// <param name="Heavy">Children of every other kind at once.</param>
/// <param name="Programs">Programs started by tasks at once.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="FreeMemory">Bytes of the machine's memory that stay free.</param>
/// <param name="HeavyPerSecond">Children of every other heavy kind started in a second.</param>
/// <param name="DockerPerMinute">Children in docker cells started in a minute.</param>
internal sealed record CapConfig(
    int Light = 256, int Heavy = 10, int Programs = 32, long Memory = 2L << 30, long FreeMemory = 500L << 20,
    double HeavyPerSecond = 10, double DockerPerMinute = 5);

/// <summary>The least share of time a split has to save, from 0 to 1.</summary>
internal sealed record GainConfig(double Light = 0.10, double Heavy = 0.50);

/// <summary>How long ended jobs and what they left are kept.</summary>
/// <param name="Jobs">Jobs with their outputs and spools, after they ended.</param>
/// <param name="Logs">Log files.</param>
/// <param name="Keep">Newest jobs that are kept however old they are.</param>
internal sealed record RetentionConfig(TimeSpan Jobs, TimeSpan Logs, int Keep)
{
    public RetentionConfig()
        : this(TimeSpan.FromDays(30), TimeSpan.FromDays(14), 1000)
    {
    }
}
