using Amoeba.Engine.Records;
using Amoeba.Plans;
using Amoeba.Secrets;

namespace Amoeba.Engine.Ports;

/// <summary>One way of doing a task. Stateless and safe from any thread.</summary>
internal interface ITool
{
    /// <summary>Its name in plans.</summary>
    string Name { get; }

    /// <summary>
    /// Does the work. A failure that can be expected is a value. When <paramref name="cancel"/> fires it ends what it
    /// started, with the whole tree, and returns <see cref="AttemptEnd.Stopped"/>. Its end may come on a thread that
    /// other attempts wait for: what follows it there is quick.
    /// </summary>
    ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel);
}

/// <summary>What a tool gets: its arguments filled in, and where to write.</summary>
internal sealed class ToolRun
{
    public required BoundTool Tool { get; init; }

    public required AttemptWork Work { get; init; }

    public required IOutputWriter Output { get; init; }

    /// <summary>Fires after the grace that follows the request to end: what still runs is ended by force.</summary>
    public CancellationToken Force { get; init; }

    /// <summary>To be told when the tool waits for something that is no work of its own.</summary>
    public IAttemptWaits Waits { get; init; } = NoAttemptWaits.Instance;

    /// <summary>To be told of progress that is no output: output counts by itself.</summary>
    public IAttemptWatch Watch { get; init; } = NoAttemptWatch.Instance;
}

/// <summary>A tool with its arguments filled in.</summary>
internal abstract record BoundTool(string Name);

internal sealed record BoundRun(IReadOnlyList<string> Arguments) : BoundTool("run");

internal sealed record BoundSh(string Text) : BoundTool("sh");

internal sealed record BoundWait(double Seconds) : BoundTool("wait");

/// <summary>One call of a model, its templates filled in.</summary>
internal sealed record BoundChat(string Model, string Prompt) : BoundTool("chat")
{
    public string? System { get; init; }

    public double? Temperature { get; init; }

    public long? Seed { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>Paths, relative to the work's folder, or URLs.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    public IReadOnlyList<string> Audio { get; init; } = [];

    public AnswerSchema? Schema { get; init; }
}

internal sealed record BoundDelegate(string Delegate) : BoundTool("delegate");

/// <summary>One attempt, ready to be done.</summary>
internal sealed record AttemptWork
{
    public required AttemptOrder Order { get; init; }

    /// <summary>The tool and its fallbacks in order.</summary>
    public required IReadOnlyList<BoundTool> Chain { get; init; }

    public BoundTool? Verify { get; init; }

    /// <summary>The items; empty for a task without `each`.</summary>
    public required IReadOnlyList<Item> Items { get; init; }

    /// <summary>Where its first item stands within its task's items; 0 for a task without `each`.</summary>
    public int Index { get; init; }

    public required LimitSpec Limits { get; init; }

    /// <summary>Where it works.</summary>
    public required string Folder { get; init; }

    /// <summary>The environment of programs; built on demand, because most tools start none.</summary>
    public required Func<ProgramEnvironment> Environment { get; init; }

    /// <summary>Knows the values that must not appear in output, errors or logs.</summary>
    public SecretMasker Masker { get; init; } = SecretMasker.None;

    /// <summary>Finds what an earlier job gave for exactly this; null where nothing is reused.</summary>
    public Func<EarlierOutput?>? Earlier { get; init; }

    /// <summary>Why it must not be done where <see cref="Earlier"/> finds nothing; null where it may.</summary>
    public string? Unasked { get; init; }

    /// <summary>How long a program has between the request to end and the force.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What an earlier job gave for the same work.</summary>
/// <param name="Job">The job.</param>
/// <param name="Output">Where in that job's outputs it is.</param>
/// <param name="Tool">The tool of the chain that gave it; null for the first.</param>
internal sealed record EarlierOutput(string Job, OutputRef Output, string? Tool);

/// <summary>All that a program gets of variables.</summary>
/// <param name="Entries">NAME=VALUE, exact and complete.</param>
/// <param name="Mark">The entry that is this task's and no other's: by it the processes of its tree are known.</param>
internal sealed record ProgramEnvironment(IReadOnlyList<string> Entries, string? Mark)
{
    /// <summary>The file that is its standard input; null is /dev/null.</summary>
    public string? Stdin { get; init; }
}

/// <summary>What a tool made of it; its output went to the writer.</summary>
internal readonly record struct ToolOutcome(AttemptEnd End, string? Error = null)
{
    /// <summary>
    /// Where in the error stands the end of what a program complained of, whose beginning was cut off: it may begin
    /// with the rest of a secret. Null where nothing was.
    /// </summary>
    public int? CutBefore { get; init; }

    /// <summary>The end of the error was cut off: it may end with the beginning of a secret.</summary>
    public bool IsCutShort { get; init; }

    public long? PeakMemory { get; init; }

    public double? CpuSeconds { get; init; }

    public TokenCounts Tokens { get; init; }

    public decimal CostUsd { get; init; }

    /// <summary>
    /// For a person: what is to be known of a result that stands, such as that its answer was cut short.
    /// </summary>
    public string? Note { get; init; }

    /// <summary>
    /// With what its program ended, as a shell tells it; null where it had none, or it did not come so far.
    /// </summary>
    public int? ExitCode { get; init; }

    /// <summary>What it took where that was measured elsewhere; null where whoever called it saw it all.</summary>
    public ToolTimes? Times { get; init; }
}

/// <param name="Spawn">From the order to the tool's start.</param>
/// <param name="Execution">From there to its end.</param>
internal readonly record struct ToolTimes(TimeSpan Spawn, TimeSpan Execution);

/// <summary>Turns an order into work: reads its items and the outputs it needs, fills in templates.</summary>
internal interface IAttemptBinder
{
    /// <exception cref="PlanException">Something it needs is not there; the attempt is hopeless.</exception>
    AttemptWork Bind(AttemptOrder order);
}
