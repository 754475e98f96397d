using Amoeba.Jobs;

namespace Amoeba.Deciding;

/// <summary>
/// Split or not, into how many children, with every figure and reason it rests on. Stored with the job.
/// </summary>
internal sealed record Decision
{
    public required bool Split { get; init; }

    /// <summary>Children at once: the width; 1 where it is not split.</summary>
    public required int Children { get; init; }

    /// <summary>Share of time saved: 1 - parallel / sequential (SPEC 3.2); 0 where it is not split.</summary>
    public required double Gain { get; init; }

    public required double SequentialSeconds { get; init; }

    /// <summary>Predicted makespan at <see cref="Children"/>.</summary>
    public required double ParallelSeconds { get; init; }

    /// <summary>Expected memory of all children at once, bytes.</summary>
    public required long MemoryBytes { get; init; }

    public required CellKind Cell { get; init; }

    /// <summary>Sentences a person understands, the one that decided first.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Money predicted; 0 for what is free.</summary>
    public decimal CostUsd { get; init; }

    /// <summary>Calls of models predicted.</summary>
    public long Calls { get; init; }

    /// <summary>Everything it rests on.</summary>
    public required DecisionInput Input { get; init; }
}

/// <summary>Everything a decision rests on.</summary>
internal sealed record DecisionInput
{
    /// <summary>In plan order.</summary>
    public required IReadOnlyList<StageInput> Stages { get; init; }

    /// <summary>The wish for children, from the plan or `--children`; null leaves the number open.</summary>
    public int? Wish { get; init; }

    public Plans.Strategy Strategy { get; init; }

    /// <summary>The cell that was asked for or chosen; auto leaves the choice to the decision.</summary>
    public CellKind Cell { get; init; }

    /// <summary>Why this cell was chosen, as a sentence; null where it was asked for.</summary>
    public string? CellReason { get; init; }

    /// <summary>The least isolation that is asked for.</summary>
    public Isolation Isolation { get; init; }

    /// <summary>Some tool of the plan is code of the program around Amoeba, and runs nowhere else.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool InParent { get; init; }

    /// <summary>What a detached cell lacks here, or why this plan cannot run in one; null where it can.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? WhyNotDetached { get; init; }

    public required MachineInput Machine { get; init; }

    /// <summary>What the merge calls; null where no model makes it.</summary>
    public MergeCalls? Merge { get; init; }

    /// <summary>Least gain for which light and heavy children are worth it.</summary>
    public double GainLight { get; init; } = 0.10;

    public double GainHeavy { get; init; } = 0.50;
}

/// <summary>A stage: the tasks that one entry of the plan stands for.</summary>
internal sealed record StageInput
{
    public required string Id { get; init; }

    /// <summary>Tasks in it (batches where it is batched).</summary>
    public required int Tasks { get; init; }

    /// <summary>
    /// Indexes into <see cref="DecisionInput.Stages"/> of the stages it needs; it starts when all of them ended.
    /// </summary>
    public IReadOnlyList<int> Needs { get; init; } = [];

    public required string Tool { get; init; }

    /// <summary>True where the tool starts a program (run, sh, coding tools).</summary>
    public bool Program { get; init; }

    /// <summary>
    /// Share of a processor a task keeps busy; 0 for what only waits, above 1 for what computes on several.
    /// </summary>
    public double CpuShare { get; init; }

    /// <summary>
    /// True where nothing but the tool's default says <see cref="CpuShare"/>: it guides a choice, never a wish.
    /// </summary>
    public bool CpuAssumed { get; init; } = true;

    /// <summary>Expected seconds of one task, where each has the same.</summary>
    public required double Seconds { get; init; }

    /// <summary>`history`, `estimate`, `assumed`, or `measured` once the job's own first results say.</summary>
    public required string SecondsFrom { get; init; }

    /// <summary>Expected seconds task by task, where the plan estimates each; null otherwise.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<float>? EachSeconds { get; init; }

    /// <summary>Expected memory of one task, bytes.</summary>
    public required long Memory { get; init; }

    /// <summary>What one task calls; null where it calls no model.</summary>
    public CallInput? Call { get; init; }
}

/// <summary>A call of a model, as a decision sees it.</summary>
/// <param name="Model">NAME/MODEL; what shares one quota.</param>
/// <param name="Tokens">Expected of one call, input and output together.</param>
/// <param name="TokensFrom">`estimate` or `assumed`.</param>
/// <param name="CostUsd">Expected of one call, US dollars; null where the price is not known.</param>
/// <param name="CostsMoney">It costs, or may: a remote model without a known price does.</param>
/// <param name="Concurrency">Calls its server takes at once; null is not limited.</param>
/// <param name="Requests">Calls a minute, likewise.</param>
/// <param name="TokensAMinute">Likewise.</param>
internal sealed record CallInput(
    string Model, double Tokens, string TokensFrom, double? CostUsd, bool CostsMoney,
    int? Concurrency = null, long? Requests = null, long? TokensAMinute = null)
{
    /// <summary>Calls a minute that both limits allow; null is not limited.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double? Rate
    {
        get
        {
            var byTokens = TokensAMinute is { } most && Tokens > 0 ? most / Tokens : (double?)null;
            return Requests is { } requests && !(byTokens < requests) ? requests : byTokens;
        }
    }
}

/// <summary>What the machine and the caps allow at the time.</summary>
/// <param name="Processors">Processors, fractions where a cgroup limits them.</param>
/// <param name="FreeMemory">Bytes available before the reserve that stays free.</param>
/// <param name="ReservedMemory">Bytes that stay free (500 MB).</param>
/// <param name="Light">Light children that may run at once.</param>
/// <param name="Heavy">Heavy children that may run at once.</param>
/// <param name="Programs">Programs that tasks may have running at once.</param>
/// <param name="Memory">Bytes that all tasks together may use.</param>
/// <param name="Zone">`off`, `safe`, `warning` or `danger` (SPEC 8.2).</param>
/// <param name="HeavyPerSecond">Heavy children, docker apart, that may be started in a second.</param>
/// <param name="DockerPerMinute">Docker children that may be started in a minute.</param>
internal sealed record MachineInput(
    double Processors, long FreeMemory, long ReservedMemory, int Light, int Heavy, int Programs, long Memory,
    string Zone, double HeavyPerSecond = 10, double DockerPerMinute = 5);
