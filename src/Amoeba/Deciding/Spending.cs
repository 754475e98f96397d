namespace Amoeba.Deciding;

/// <summary>
/// What a job is expected to spend on calls of models: its tasks, and the merge where a model makes it.
/// </summary>
internal static class Spending
{
    public static long Calls(DecisionInput input) =>
        input.Stages.Where(stage => stage.Call is not null).Sum(stage => (long)stage.Tasks) + (input.Merge?.Calls ?? 0);

    /// <summary>US dollars, of the calls whose price is known.</summary>
    public static decimal CostUsd(DecisionInput input) =>
        (decimal)(OfStages(input, call => call.CostUsd ?? 0) + (input.Merge?.CostUsd ?? 0));

    public static double Tokens(DecisionInput input) =>
        OfStages(input, call => call.Tokens) + (input.Merge?.Tokens ?? 0);

    /// <summary>It costs money, or may: that asks a person first (SPEC 4.1).</summary>
    public static bool CostsMoney(DecisionInput input) =>
        input.Stages.Any(stage => stage is { Tasks: > 0, Call.CostsMoney: true })
            || input.Merge is { CostsMoney: true };

    /// <summary>The models that are called.</summary>
    public static IReadOnlyList<string> Models(DecisionInput input) =>
        [.. input.Stages.Select(stage => stage.Call?.Model).Append(input.Merge?.Model).OfType<string>().Distinct()];

    /// <summary>The models whose price nobody knows.</summary>
    public static IReadOnlyList<string> Unpriced(DecisionInput input)
    {
        var ofTasks = input.Stages.Where(stage => stage is { Tasks: > 0, Call: { CostsMoney: true, CostUsd: null } })
            .Select(stage => stage.Call!.Model);
        var ofMerge = input.Merge is { CostsMoney: true, CostUsd: null } merge ? [merge.Model] : Array.Empty<string>();
        return [.. ofTasks.Concat(ofMerge).Distinct()];
    }

    private static double OfStages(DecisionInput input, Func<CallInput, double> each)
    {
        var sum = 0.0;
        foreach (var stage in input.Stages)
        {
            if (stage.Call is { } call) sum += stage.Tasks * each(call);
        }

        return sum;
    }
}
