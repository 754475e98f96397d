namespace Amoeba.Deciding;

/// <summary>What a stage's first results showed.</summary>
/// <param name="Stage">Index into <see cref="DecisionInput.Stages"/>.</param>
/// <param name="Count">Tasks that succeeded.</param>
/// <param name="MeanSeconds">Mean seconds of one task.</param>
/// <param name="Variance">Variance of those, in square seconds; 0 where there is one.</param>
/// <param name="CpuSeconds">Mean processor seconds of one task; null where they are not measured.</param>
/// <param name="PeakMemory">Most bytes that one task held; null where it is not measured.</param>
internal readonly record struct StageResults(
    int Stage, int Count, double MeanSeconds, double Variance, double? CpuSeconds = null, long? PeakMemory = null);

/// <summary>
/// A running job's second thought (SPEC 3.1). Where no number was asked for, what the first results say replaces what
/// was expected, and what is left to do is decided again.
/// </summary>
internal static class Correction
{
    /// <summary>Least results of a stage that say something of the others.</summary>
    public const int LeastResults = 8;

    private const int SecondLook = 64;

    /// <summary>Below this share, another number is not worth the change.</summary>
    private const double Material = 0.25;

    /// <summary>
    /// A job is corrected at most twice: early, where a default was far off, and once more when the mean is firm.
    /// </summary>
    /// <param name="results">Results recorded so far.</param>
    public static bool IsDue(long results) => results is LeastResults or SecondLook;

    /// <param name="input">The decision's input, its machine as it is now.</param>
    /// <param name="width">Children at once at present.</param>
    /// <param name="results">Of the stages that have any.</param>
    /// <returns>The decision for the whole job, or null where nothing would change materially.</returns>
    public static Decision? Of(DecisionInput input, int width, IReadOnlyList<StageResults> results)
    {
        var known = results.Where(stage => stage.Count >= LeastResults).ToList();
        if (input.Wish is not null || input.Strategy == Plans.Strategy.Sequential || known.Count == 0)
            return null;

        // Both ends of the mean's standard error have to agree before anything is changed.
        var first = Decider.Decide(Rest(Corrected(input, known, -1), results)).Children;
        var second = Decider.Decide(Rest(Corrected(input, known, +1), results)).Children;
        var proposed = first > width && second > width ? Math.Min(first, second)
            : first < width && second < width ? Math.Max(first, second)
            : width;
        if (Math.Abs(proposed - width) < Material * width)
            return null;

        var corrected = Corrected(input, known, 0);
        var rest = new Question(Rest(corrected, results));
        var held = width > rest.Cap.Width;
        if (!held && rest.Seconds(proposed) > rest.Seconds(width) * (1 - rest.Input.GainLight))
            return null;
        return new Question(corrected).Decide(proposed, Reasons.Corrected(input, known, width, proposed));
    }

    private static DecisionInput Corrected(DecisionInput input, List<StageResults> known, int errors)
    {
        var stages = input.Stages.ToArray();
        foreach (var result in known)
            stages[result.Stage] = Corrected(stages[result.Stage], result, errors);
        return input with { Stages = stages };
    }

    /// <summary>
    /// Seconds are taken as they were at the present width, crowding included: the share of a processor that follows
    /// then says that a crowded machine gains nothing from more children, and never talks a job into fewer.
    /// </summary>
    private static StageInput Corrected(StageInput stage, StageResults result, int errors)
    {
        var error = Math.Sqrt(Math.Max(0, result.Variance) / result.Count);
        var seconds = Math.Max(0, result.MeanSeconds + errors * error);
        return stage with
        {
            Seconds = stage.EachSeconds is null ? seconds : stage.Seconds,
            SecondsFrom = stage.EachSeconds is null ? "measured" : stage.SecondsFrom,
            CpuShare = result.CpuSeconds is { } cpu && result.MeanSeconds > 0
                ? cpu / result.MeanSeconds
                : stage.CpuShare,
            CpuAssumed = stage.CpuAssumed && result.CpuSeconds is null,
            Memory = result.PeakMemory ?? stage.Memory,
        };
    }

    private static DecisionInput Rest(DecisionInput input, IReadOnlyList<StageResults> results)
    {
        var stages = input.Stages.ToArray();
        foreach (var result in results)
        {
            var stage = stages[result.Stage];
            stages[result.Stage] = stage with
            {
                Tasks = Math.Max(0, stage.Tasks - result.Count),
                EachSeconds = stage.EachSeconds is { } each ? [.. each.OrderDescending().Skip(result.Count)] : null,
            };
        }
        return input with { Stages = stages };
    }
}
