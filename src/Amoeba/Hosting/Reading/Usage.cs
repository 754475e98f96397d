using Amoeba.Engine.Records;
using Amoeba.Plans;

namespace Amoeba.Hosting.Reading;

/// <summary>What a job has used, beside what it may use.</summary>
/// <param name="Budget">What it may use.</param>
/// <param name="Tokens">Used so far.</param>
/// <param name="CostUsd">Spent so far.</param>
/// <param name="Seconds">It ran so far.</param>
internal sealed record Usage(BudgetSpec Budget, TokenCounts Tokens, decimal CostUsd, double Seconds)
{
    /// <summary>What counts against a budget: read, read again and written.</summary>
    public long AllTokens => Tokens.Input + Tokens.Cached + Tokens.Output;

    /// <summary>
    /// Share of the part of the budget of which most is used; null where none of its parts is used up.
    /// </summary>
    public double? Share => new[]
    {
        AllTokens / (double?)Budget.Tokens,
        (double)CostUsd / (double?)Budget.CostUsd,
        Seconds / Budget.Time?.TotalSeconds,
    }.Max();
}

/// <summary>Children that wait for the same, for their attempts or to be started.</summary>
/// <param name="For">Such as `quota local/m`.</param>
/// <param name="Until">When the first of them may go on; null where nobody knows.</param>
/// <param name="Children">How many wait.</param>
/// <param name="Tasks">How many of them have a task; one that waits to be started has none.</param>
internal sealed record WaitView(string For, DateTimeOffset? Until, int Children, int Tasks);
