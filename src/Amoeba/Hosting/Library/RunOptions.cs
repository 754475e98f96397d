using Amoeba.Plans;

namespace Amoeba;

/// <summary>How one <see cref="IAmoeba.RunAsync"/> runs.</summary>
public sealed record RunOptions
{
    /// <summary>What the plan's relative paths are relative to. Null (the default) is the current folder.</summary>
    public string? Folder { get; init; }

    /// <summary>Values for variables of the plan: they go before those that its `vars` give.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// A wish for up to this many children, 1 and up. Null (the default) leaves it to the plan and to Amoeba.
    /// </summary>
    public int? Children { get; init; }

    /// <summary>What the job may use; what it leaves open is the plan's. Null (the default) is the plan's.</summary>
    public JobBudget? Budget { get; init; }

    /// <summary>
    /// Allows what the job would ask a person for. Without it (the default) a job that calls a model that costs money,
    /// or whose price is not known, ends as <see cref="Jobs.JobState.AwaitingApproval"/> with nothing done.
    /// </summary>
    public bool Approve { get; init; }
}

/// <summary>
/// What a job may use. At 80% there is a warning in the job; nothing starts that would go over it, and then the job
/// ends as <see cref="Jobs.JobState.Interrupted"/> with everything kept that was done. Null is no limit.
/// </summary>
public sealed record JobBudget
{
    /// <summary>Tokens that its calls read and write, 1 and up.</summary>
    public long? Tokens { get; init; }

    /// <summary>US dollars, as far as prices are known, 0 and up.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Time that it runs, above zero; waiting for a person is not counted.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Bytes that its tasks together are expected to use at once, 1 and up.</summary>
    public long? Memory { get; init; }

    /// <exception cref="ArgumentException">A figure is out of its range.</exception>
    internal string Write()
    {
        Check(Tokens is null or >= 1, nameof(Tokens), "1 and up");
        Check(CostUsd is null or >= 0, nameof(CostUsd), "0 and up");
        Check(Time is null || Time > TimeSpan.Zero, nameof(Time), "above zero");
        Check(Memory is null or >= 1, nameof(Memory), "1 and up");
        return BudgetWords.Write(new BudgetSpec(Tokens, CostUsd, Time, Memory));
    }

    private static void Check(bool holds, string name, string expected)
    {
        if (!holds) throw new ArgumentException($"JobBudget.{name} is out of its range; expected {expected}.", name);
    }
}

/// <summary>Tokens that were used.</summary>
/// <param name="Input">Read, without those that the server had read before.</param>
/// <param name="Output">Written, thinking included.</param>
/// <param name="Cached">Read before, and so cheaper with most servers.</param>
/// <param name="Reasoning">Of the output, what was thinking.</param>
public readonly record struct TokenUse(long Input, long Output, long Cached = 0, long Reasoning = 0)
{
    /// <summary>What counts against a budget: read, read before, and written.</summary>
    public long Total => Input + Cached + Output;
}
