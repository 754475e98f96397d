namespace Amoeba.Deciding;

/// <summary>What a job is expected to spend on calls of models.</summary>
internal static class Spending
{
    public static long Calls(IReadOnlyList<StageInput> stages) =>
        stages.Where(stage => stage.Call is not null).Sum(stage => (long)stage.Tasks);

    /// <summary>US dollars, of the calls whose price is known.</summary>
    public static decimal CostUsd(IReadOnlyList<StageInput> stages) =>
        (decimal)stages.Sum(stage => stage.Tasks * (stage.Call?.CostUsd ?? 0));

    public static double Tokens(IReadOnlyList<StageInput> stages) =>
        stages.Sum(stage => stage.Tasks * (stage.Call?.Tokens ?? 0));

    /// <summary>It costs money, or may: that asks a person first (SPEC 4.1).</summary>
    public static bool CostsMoney(IReadOnlyList<StageInput> stages) =>
        stages.Any(stage => stage is { Tasks: > 0, Call.CostsMoney: true });

    /// <summary>The models whose price nobody knows.</summary>
    public static IReadOnlyList<string> Unpriced(IReadOnlyList<StageInput> stages) =>
        [.. stages.Where(stage => stage is { Tasks: > 0, Call: { CostsMoney: true, CostUsd: null } })
            .Select(stage => stage.Call!.Model).Distinct()];
}
